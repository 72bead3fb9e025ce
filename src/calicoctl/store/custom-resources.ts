import { ApiError, type KubeClient } from '../../kube/client.ts'
import type { ResourceType } from '../../kube/resources.ts'
import { fromApi, missing } from '../calico-error.ts'
import type { Resource } from '../layout/resource.ts'
import { identity, keyOfResource, type ResourceKey, type ResourceStore } from './resource-store.ts'
import { fromStored, newMetadata, toStored } from './stored.ts'

const GROUP = 'crd.projectcalico.org'

/** Kinds that are stored one to one, and the plurals of their definitions. */
const PLURALS: Readonly<Record<string, string>> = {
  BGPConfiguration: 'bgpconfigurations',
  BGPPeer: 'bgppeers',
  ClusterInformation: 'clusterinformations',
  FelixConfiguration: 'felixconfigurations',
  GlobalNetworkPolicy: 'globalnetworkpolicies',
  GlobalNetworkSet: 'globalnetworksets',
  HostEndpoint: 'hostendpoints',
  IPPool: 'ippools',
  IPReservation: 'ipreservations',
  KubeControllersConfiguration: 'kubecontrollersconfigurations',
  NetworkPolicy: 'networkpolicies',
  NetworkSet: 'networksets',
}

/** The resources of a kind that Kubernetes keeps as objects of crd.projectcalico.org/v1. */
export function customResources(client: KubeClient, kind: string): ResourceStore {
  const namespaced = kind === 'NetworkPolicy' || kind === 'NetworkSet'
  const type: ResourceType = { group: GROUP, version: 'v1', plural: PLURALS[kind] ?? '', kind, namespaced }
  const refused = (resource: Resource) => (thrown: unknown) => {
    throw fromApi(thrown, identity(kind, keyOfResource(resource)))
  }
  const get = async (key: ResourceKey): Promise<Resource> => {
    const object = await client.get(type, key).catch((thrown: unknown) => {
      throw fromApi(thrown, identity(kind, key))
    })
    if (object) return fromStored(kind, object)
    throw missing(identity(kind, key), `${type.plural}.${GROUP} "${key.name}" not found`)
  }
  return {
    get,
    list: async (namespace) => {
      const { items, resourceVersion } = await listed(client, type, namespace)
      return { items: items.map((object) => fromStored(kind, object)), resourceVersion }
    },
    create: async (resource) => {
      const made = { ...resource, metadata: newMetadata(resource.metadata) }
      return fromStored(kind, await client.create(type, toStored(made)).catch(refused(resource)))
    },
    update: async (resource) =>
      fromStored(kind, await client.update(type, toStored(resource)).catch(refused(resource))),
    delete: async (key) => {
      const existing = await get(key)
      await client.delete(type, key).catch(refused(existing))
      return existing
    },
  }
}

/** A kind that the cluster has no definition of has no resources. */
async function listed(client: KubeClient, type: ResourceType, namespace: string | undefined) {
  try {
    return await client.list(type, namespace === undefined ? {} : { namespace })
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.code === 404) return { items: [], resourceVersion: '' }
    throw fromApi(thrown, type.kind)
  }
}
