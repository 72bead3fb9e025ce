import { until } from '../base/until.ts'
import type { ApiServer } from '../kube/api/api-server.ts'
import type { KubeClient } from '../kube/client.ts'
import { dnsManifest } from '../kube/dns/manifest.ts'
import type { KubeObject } from '../kube/objects.ts'
import {
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  DAEMON_SETS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  POD_DISRUPTION_BUDGETS,
  SERVICE_ACCOUNTS,
  SERVICES,
  type ResourceType,
} from '../kube/resources.ts'
import { calicoManifest } from './calico-manifest.ts'
import type { NodeServices } from './node-services.ts'
import type { Readiness } from './readiness.ts'
import { CLUSTER_DEFAULTS, type PodNetwork } from './spec.ts'

const ADDON_TYPES: readonly ResourceType[] = [
  SERVICE_ACCOUNTS,
  CONFIG_MAPS,
  SERVICES,
  DEPLOYMENTS,
  DAEMON_SETS,
  POD_DISRUPTION_BUDGETS,
  CLUSTER_ROLES,
  CLUSTER_ROLE_BINDINGS,
  CUSTOM_RESOURCE_DEFINITIONS,
]

/** What a new cluster has besides the API's own objects: DNS, and Calico where that is its network. */
export async function installAddons(client: KubeClient, podNetwork: PodNetwork): Promise<void> {
  const objects = [...dnsManifest(), ...(podNetwork.kind === 'calico' ? calicoManifest() : [])]
  await Promise.all(objects.map((object) => client.create(typeOf(object), object)))
}

function typeOf({ kind }: KubeObject): ResourceType {
  const type = ADDON_TYPES.find((one) => one.kind === kind)
  if (!type) throw new Error(`add-ons of kind ${kind} are not known`)
  return type
}

/**
 * DNS is up when it answers on every node by way of its ClusterIP: the whole path, from pod scheduling to kube-proxy's rules,
 * has worked then.
 */
export async function whenDnsAnswers(
  api: ApiServer,
  nodes: readonly NodeServices[],
  readiness: Readiness,
): Promise<void> {
  await dnsHasEndpoint(api.client)
  readiness.phase('DNS pod ready')
  await Promise.all(
    nodes.map(async (node) => {
      await node.proxySynced()
      let patience = SHORTEST_QUERY_S
      const ask = () => {
        const query = dnsQuery(patience)
        patience = Math.min(1, patience * 1.5)
        return node.succeeds(query)
      }
      await until(ask, {
        what: `DNS to answer on ${node.name}`,
        deadlineMs: 30_000,
      })
    }),
  )
}

/** A question that is lost, since routes between nodes are just coming, is soon put again; a slow machine is waited for longer and longer. */
const SHORTEST_QUERY_S = 0.15

const dnsQuery = (seconds: number): string =>
  `timeout ${seconds.toFixed(2)} busybox nslookup kubernetes.default.svc.cluster.local ${CLUSTER_DEFAULTS.dnsServiceIP}`

function dnsHasEndpoint(client: KubeClient): Promise<void> {
  const slices = client.informer(ENDPOINT_SLICES, { namespace: 'kube-system' })
  return new Promise((resolve) => {
    slices.onChange(({ type, object }) => {
      const ready = (object.endpoints ?? []).some((endpoint) => endpoint.conditions?.ready)
      if (type === 'deleted' || !ready) return
      slices.stop()
      resolve()
    })
  })
}
