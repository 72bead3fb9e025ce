import type { KubeClient } from '../../kube/client.ts'
import type { KubeObject, Namespace, ServiceAccount } from '../../kube/objects.ts'
import { NAMESPACES, SERVICE_ACCOUNTS } from '../../kube/resources.ts'
import { CalicoError, fromApi, missing, unsupported } from '../calico-error.ts'
import { resourceFrom, type Resource } from '../layout/resource.ts'
import { identity, keyOfResource, type ResourceStore } from './resource-store.ts'

const DEFAULT_ALLOW = 'projectcalico-default-allow'
const OPEN = { ingress: [{ action: 'Allow' }], egress: [{ action: 'Allow' }] }

/** Profiles: one of each namespace and of each service account, made as they are asked for. */
export function profiles(client: KubeClient): ResourceStore {
  const refuse = (operation: string) => async (resource: Resource) => {
    throw unsupported(operation, identity('Profile', keyOfResource(resource)))
  }
  return {
    get: async ({ name }) => (name === DEFAULT_ALLOW ? defaultAllow() : await find(client, name)),
    list: async () => {
      const [namespaces, accounts] = await Promise.all([
        client.list(NAMESPACES),
        client.list(SERVICE_ACCOUNTS),
      ])
      return {
        items: [defaultAllow(), ...namespaces.items.map(ofNamespace), ...accounts.items.map(ofAccount)],
        resourceVersion: `${namespaces.resourceVersion}/${accounts.resourceVersion}`,
      }
    },
    create: refuse('Create'),
    update: refuse('Update'),
    delete: async (key) => {
      throw unsupported('Delete', identity('Profile', key))
    },
  }
}

async function find(client: KubeClient, name: string): Promise<Resource> {
  const [prefix = '', first, ...rest] = name.split('.')
  if (first === undefined) throw new CalicoError(`Invalid name ${name}`)
  const what = identity('Profile', { name })
  const refused = (thrown: unknown) => {
    throw fromApi(thrown, what)
  }
  if (prefix === 'kns') {
    const namespace = [first, ...rest].join('.')
    const found = await client.get(NAMESPACES, { name: namespace }).catch(refused)
    if (found) return ofNamespace(found)
    throw missing(what, `namespaces "${namespace}" not found`)
  }
  if (prefix !== 'ksa') throw new CalicoError('Revision  invalid')
  if (rest.length === 0) throw new CalicoError(`Profile ${name} is not formatted correctly`)
  const account = rest.join('.')
  const found = await client.get(SERVICE_ACCOUNTS, { namespace: first, name: account }).catch(refused)
  if (found) return ofAccount(found)
  throw missing(what, `serviceaccounts "${account}" not found`)
}

function defaultAllow(): Resource {
  const metadata = { name: DEFAULT_ALLOW, resourceVersion: '0' }
  return resourceFrom('Profile', { metadata, spec: OPEN }, false)
}

function ofNamespace(namespace: Namespace): Resource {
  const { name, resourceVersion } = namespace.metadata
  const labelsToApply = labelsWith('pcns.', namespace)
  return profile(namespace, `kns.${name}`, `${resourceVersion}/`, { ...OPEN, labelsToApply })
}

function ofAccount(account: ServiceAccount): Resource {
  const { namespace, name, resourceVersion } = account.metadata
  const labelsToApply = labelsWith('pcsa.', account)
  return profile(account, `ksa.${namespace}.${name}`, `/${resourceVersion}`, { labelsToApply })
}

function profile({ metadata }: KubeObject, name: string, resourceVersion: string, spec: object): Resource {
  const { uid, creationTimestamp } = metadata ?? {}
  return resourceFrom('Profile', { metadata: { name, uid, resourceVersion, creationTimestamp }, spec }, false)
}

function labelsWith(prefix: string, { metadata }: KubeObject): Record<string, string> {
  const labels = { ...metadata?.labels, 'projectcalico.org/name': metadata?.name ?? '' }
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [prefix + key, value]))
}
