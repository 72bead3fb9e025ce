import { createHash } from 'node:crypto'
import type { ResourceDefinition } from '../../registry/definition.ts'
import { apiVersionOf } from '../operations/backend.ts'
import type { Kinds } from '../operations/kinds.ts'
import { REVIEWS } from './reviews.ts'
import { subresourcesOf } from './routes.ts'

/** Groups in the order of upstream's discovery; groups that it does not know come last. */
const GROUP_ORDER = [
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'apiextensions.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
]

interface Kind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

interface Subresource {
  readonly name: string
  readonly verbs: readonly string[]
  /** Of what it takes and gives, when that is not the resource itself. */
  readonly kind?: Partial<Kind> & Pick<Kind, 'kind'>
}

/** What discovery says of one resource, stored or asked. */
interface Resource extends Kind {
  readonly plural: string
  readonly singular: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly subresources: readonly Subresource[]
  /** In which version; undefined for what is only asked. */
  readonly stored: string | undefined
}

const READ_WRITE = ['get', 'patch', 'update']
const STREAM = ['create', 'get']

const SUBRESOURCES: Readonly<Record<string, Omit<Subresource, 'name'>>> = {
  status: { verbs: READ_WRITE },
  finalize: { verbs: ['update'] },
  scale: { verbs: READ_WRITE, kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' } },
  binding: { verbs: ['create'], kind: { kind: 'Binding' } },
  eviction: { verbs: ['create'], kind: { group: 'policy', version: 'v1', kind: 'Eviction' } },
  log: { verbs: ['get'] },
  exec: { verbs: STREAM, kind: { kind: 'PodExecOptions' } },
  attach: { verbs: STREAM, kind: { kind: 'PodAttachOptions' } },
  token: {
    verbs: ['create'],
    kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
  },
  portforward: { verbs: STREAM, kind: { kind: 'PodPortForwardOptions' } },
}

function stored(definition: ResourceDefinition): Resource {
  const subresources = subresourcesOf(definition)
    .toSorted()
    .map((name) => ({ verbs: READ_WRITE, ...SUBRESOURCES[name], name }))
  return { ...definition, subresources, stored: definition.custom?.storageVersion ?? definition.version }
}

const ASKED: readonly Resource[] = REVIEWS.map((review) => ({
  ...review,
  verbs: ['create'],
  shortNames: [],
  categories: [],
  subresources: [],
  stored: undefined,
}))

/** What the server serves, in both of the forms in which clients ask for it. */
export class Discovery {
  readonly #kinds: Pick<Kinds, 'all'>
  #of: readonly ResourceDefinition[] | undefined
  #known: readonly Resource[] = []

  constructor(kinds: Pick<Kinds, 'all'>) {
    this.#kinds = kinds
  }

  get #resources(): readonly Resource[] {
    if (this.#of !== this.#kinds.all) {
      this.#of = this.#kinds.all
      this.#known = [...this.#of.map(stored), ...ASKED].sort((a, b) => (a.plural < b.plural ? -1 : 1))
    }
    return this.#known
  }

  /** Names of groups with resources, but for the core group. */
  groups(): string[] {
    const names = new Set(this.#resources.map(({ group }) => group).filter(Boolean))
    const rank = (name: string) =>
      (GROUP_ORDER.indexOf(name) + GROUP_ORDER.length + 1) % (GROUP_ORDER.length + 1)
    return [...names].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
  }

  /** /apis */
  groupList(): object {
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: this.groups().map((name) => this.#group(name)) }
  }

  /** /apis/GROUP */
  group(name: string): object | undefined {
    if (!this.groups().includes(name)) return undefined
    return { kind: 'APIGroup', apiVersion: 'v1', ...this.#group(name) }
  }

  #versions(group: string): string[] {
    const all = this.#resources.filter((one) => one.group === group).map(({ version }) => version)
    return [...new Set(all)].sort(byPriority)
  }

  #group(name: string) {
    const versions = this.#versions(name).map((version) => ({ groupVersion: `${name}/${version}`, version }))
    return { name, versions, preferredVersion: versions[0] }
  }

  /** /api/v1 and /apis/GROUP/VERSION */
  resourceList(group: string, version: string): object | undefined {
    const resources = this.#resources.filter((one) => one.group === group && one.version === version)
    if (resources.length === 0) return undefined
    return {
      kind: 'APIResourceList',
      ...(group ? { apiVersion: 'v1' } : {}),
      groupVersion: apiVersionOf({ group, version }),
      resources: resources.flatMap(resourceEntries),
    }
  }

  /** The aggregated form, apidiscovery.k8s.io/v2: of /api with the core group, of /apis with the others. */
  aggregated(core: boolean): object {
    const groups = core ? [''] : this.groups()
    return {
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
      metadata: {},
      items: groups.map((group) => ({
        metadata: group ? { name: group } : {},
        versions: this.#versions(group).map((version) => ({
          version,
          resources: this.#resources
            .filter((one) => one.group === group && one.version === version)
            .map(aggregatedEntry),
          freshness: 'Current',
        })),
      })),
    }
  }
}

function resourceEntries(resource: Resource): object[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories } = resource
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs,
      ...(shortNames.length > 0 ? { shortNames } : {}),
      ...(categories.length > 0 ? { categories } : {}),
      ...(resource.stored
        ? { storageVersionHash: storageVersionHash({ ...resource, version: resource.stored }) }
        : {}),
    },
    ...resource.subresources.map(({ name, verbs, kind: own }) => ({
      name: `${plural}/${name}`,
      singularName: '',
      namespaced,
      ...(own?.group ? { group: own.group, version: own.version } : {}),
      kind: own?.kind ?? kind,
      verbs,
    })),
  ]
}

function aggregatedEntry(resource: Resource): object {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories, subresources } = resource
  return {
    resource: plural,
    responseKind: { group: '', version: '', kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(subresources.length > 0
      ? {
          subresources: subresources.map(({ name, verbs, kind: own }) => ({
            subresource: name,
            responseKind: { group: '', version: '', kind, ...own },
            verbs,
          })),
        }
      : {}),
  }
}

/** v2, v1, v1beta2, v1beta1, v1alpha1, then others by name: apimachinery's version.CompareKubeAwareVersionStrings. */
function byPriority(a: string, b: string): number {
  const [first, second] = [priorityOf(a), priorityOf(b)]
  const at = first.findIndex((part, index) => part !== second[index])
  return at < 0 ? (a < b ? -1 : 1) : (second[at] ?? 0) - (first[at] ?? 0)
}

function priorityOf(version: string): number[] {
  const [, major, stage = '', minor = 0] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? []
  if (major === undefined) return [0, 0, 0]
  return [stage === '' ? 3 : stage === 'beta' ? 2 : 1, Number(major), Number(minor)]
}

/** As apiserver's discovery.StorageVersionHash. */
function storageVersionHash({ group, version, kind }: Kind): string {
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64')
}
