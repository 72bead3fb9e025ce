import type { CustomResourceDefinition } from '../objects.ts'

type Status = NonNullable<CustomResourceDefinition['status']>
type Condition = NonNullable<Status['conditions']>[number]
type Names = CustomResourceDefinition['spec']['names']

/** The finalizer of a definition that waits for its objects to go. */
export const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io'

export function isTrue({ status }: CustomResourceDefinition, type: string): boolean {
  return status?.conditions?.some((one) => one.type === type && one.status === 'True') ?? false
}

/** The definition with a condition in place of the one of its type; only another status makes a transition. */
export function withCondition(crd: CustomResourceDefinition, condition: Condition): CustomResourceDefinition {
  const conditions = crd.status?.conditions ?? []
  const at = conditions.findIndex(({ type }) => type === condition.type)
  const before = conditions[at]
  const since = before?.status === condition.status ? before.lastTransitionTime : condition.lastTransitionTime
  const after = { ...condition, ...(since ? { lastTransitionTime: since } : {}) }
  const all = at < 0 ? [...conditions, after] : conditions.with(at, after)
  return { ...crd, status: { ...crd.status, conditions: all } }
}

/**
 * The definition with the status that upstream's controllers would give it in a moment: which names it has got, that it
 * is established, and which versions have been stored. Upstream: pkg/controller/{status,establish}.
 * @param others all definitions, this one may be among them
 * @param now RFC 3339
 */
export function settled(
  crd: CustomResourceDefinition,
  others: readonly CustomResourceDefinition[],
  now: string,
): CustomResourceDefinition {
  const { acceptedNames, fault } = acceptNames(crd, others)
  const stored = crd.status?.storedVersions ?? []
  const storage = crd.spec.versions.filter((one) => one.storage).map(({ name }) => name)
  const storedVersions = [...stored, ...storage.slice(0, 1).filter((name) => !stored.includes(name))]
  const named = withCondition(
    { ...crd, status: { ...crd.status, acceptedNames, storedVersions } },
    {
      type: 'NamesAccepted',
      status: fault ? 'False' : 'True',
      reason: fault?.reason ?? 'NoConflicts',
      message: fault?.message ?? 'no conflicts found',
      lastTransitionTime: now,
    },
  )
  if (isTrue(crd, 'Established')) return named
  return withCondition(named, {
    type: 'Established',
    status: fault ? 'False' : 'True',
    reason: fault ? 'NotAccepted' : 'InitialNamesAccepted',
    message: fault ? 'not all names are accepted' : 'the initial names have been accepted',
    lastTransitionTime: now,
  })
}

interface Fault {
  readonly reason: string
  readonly message: string
}

/** Names that are free, or its own already; of the others it keeps those it had. The last conflict is the one told of. */
function acceptNames(crd: CustomResourceDefinition, others: readonly CustomResourceDefinition[]) {
  const taken = others
    .filter(({ metadata, spec }) => spec.group === crd.spec.group && metadata.name !== crd.metadata.name)
    .flatMap(({ status }) => status?.acceptedNames ?? [])
  const resources = new Set(taken.flatMap((one) => [one.plural, one.singular, ...(one.shortNames ?? [])]))
  const kinds = new Set(taken.flatMap((one) => [one.kind, one.listKind]))
  const { names } = crd.spec
  const had: Partial<Names> = crd.status?.acceptedNames ?? {}
  const faults: Fault[] = []
  const pick = (field: 'plural' | 'singular' | 'kind' | 'listKind', used: ReadonlySet<unknown>) => {
    const wanted = names[field]
    if (wanted === had[field] || !used.has(wanted)) return wanted
    faults.push({ reason: REASONS[field], message: `${JSON.stringify(wanted)} is already in use` })
    return had[field]
  }
  const plural = pick('plural', resources) ?? ''
  const singular = pick('singular', resources)
  const lost = names.shortNames?.filter((one) => !had.shortNames?.includes(one) && resources.has(one)) ?? []
  if (lost.length > 0) faults.push({ reason: 'ShortNamesConflict', message: inUse(lost) })
  const shortNames = lost.length > 0 ? had.shortNames : names.shortNames
  const kind = pick('kind', kinds) ?? ''
  const listKind = pick('listKind', kinds)
  const { categories } = names
  const acceptedNames = { plural, singular, shortNames, kind, listKind, categories }
  return { acceptedNames, fault: faults.at(-1) }
}

const REASONS = {
  plural: 'PluralConflict',
  singular: 'SingularConflict',
  kind: 'KindConflict',
  listKind: 'ListKindConflict',
} as const

function inUse(names: readonly string[]): string {
  const texts = names.map((name) => `${JSON.stringify(name)} is already in use`)
  return texts.length === 1 ? texts.join('') : `[${texts.join(', ')}]`
}
