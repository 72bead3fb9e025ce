import { IPAM_BLOCKS } from '../../dataplane/calico/resources.ts'
import type { KubeClient } from '../../kube/client.ts'
import { unsupported } from '../calico-error.ts'
import type { Resource } from '../layout/resource.ts'
import { checkOfDefault } from '../validate/bgp-configuration-rules.ts'
import { checkBlocks, completePool } from '../validate/pool-rules.ts'
import { validate } from '../validate/validate.ts'
import { customResources } from './custom-resources.ts'
import { nodes } from './nodes.ts'
import { policies, withTypes } from './policies.ts'
import { pools } from './pools.ts'
import { profiles } from './profiles.ts'
import { identity, keyOfResource, type ResourceStore } from './resource-store.ts'
import { workloadEndpoints } from './workload-endpoints.ts'

/** The resources of a kind, as libcalico-go's client keeps them: what is written is made whole and looked at first. */
export function storeOf(client: KubeClient, kind: string): ResourceStore {
  switch (kind) {
    case 'Node':
      return checked(nodes(client), async (node) => node)
    case 'Profile':
      return checked(profiles(client), async (profile) => profile)
    case 'WorkloadEndpoint':
      return checked(workloadEndpoints(client), async (endpoint) => endpoint)
    case 'ClusterInformation':
      return readOnly(customResources(client, kind), kind)
    case 'NetworkPolicy':
      return checked(ownPoliciesOnly(policies(customResources(client, kind))), async (one) => withTypes(one))
    case 'GlobalNetworkPolicy':
      return checked(policies(customResources(client, kind)), async (one) => withTypes(one))
    case 'IPPool':
      return checkedPools(client, pools(client, customResources(client, kind)))
    case 'BGPConfiguration':
      return checked(customResources(client, kind), async (one) => one, checkOfDefault)
    default:
      return checked(customResources(client, kind), async (one) => one)
  }
}

function checked(
  store: ResourceStore,
  complete: (resource: Resource) => Promise<Resource>,
  check: (resource: Resource) => void = () => {},
): ResourceStore {
  const ready = async (resource: Resource) => {
    const whole = await complete(resource)
    validate(whole)
    check(whole)
    return whole
  }
  return {
    ...store,
    create: async (resource) => store.create(await ready(resource)),
    update: async (resource) => store.update(await ready(resource)),
  }
}

function checkedPools(client: KubeClient, store: ResourceStore): ResourceStore {
  const others = async () => (await store.list()).items
  return {
    ...store,
    create: async (pool) => {
      const whole = await completePool(pool, { before: undefined, others })
      validate(whole)
      const { items } = await client.list(IPAM_BLOCKS)
      checkBlocks(
        whole,
        items.map(({ spec }) => spec.cidr),
      )
      return await store.create(whole)
    },
    update: async (pool) => {
      const before = await store.get(keyOfResource(pool))
      const whole = await completePool(pool, { before, others })
      validate(whole)
      return await store.update(whole)
    },
  }
}

function readOnly(store: ResourceStore, kind: string): ResourceStore {
  const refuse = (operation: string) => async () => {
    throw unsupported(operation, kind)
  }
  return {
    ...store,
    create: refuse('create or apply'),
    update: refuse('apply or replace'),
    delete: refuse('delete'),
  }
}

/** Kubernetes' own policies are shown under names of theirs, and are Kubernetes' to change. */
function ownPoliciesOnly(store: ResourceStore): ResourceStore {
  const why = 'kubernetes network policies must be managed through the kubernetes API'
  const guard = (operation: string, resource: Resource) => {
    if (!resource.metadata.name?.startsWith('knp.default.')) return
    throw unsupported(operation, identity('NetworkPolicy', keyOfResource(resource)), why)
  }
  return {
    ...store,
    create: async (policy) => {
      guard('create or apply', policy)
      return await store.create(policy)
    },
    update: async (policy) => {
      guard('apply or replace', policy)
      return await store.update(policy)
    },
  }
}
