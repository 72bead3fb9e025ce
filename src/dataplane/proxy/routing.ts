import type { Endpoint } from './endpoint.ts'
import { isExternallyAccessible, type ServicePort } from './service-port.ts'

/** What a node's proxy must know of its node. */
export interface ProxyNode {
  readonly name: string
  /** The node's address on the underlay. */
  readonly address: string
  /** Its topology.kubernetes.io/zone. */
  readonly zone?: string | undefined
  /** Whether its kernel counts with the nfacct match; rules do without it otherwise. */
  readonly nfacct: boolean
}

/** Which endpoints a service port uses on one node. */
export interface Routing {
  /** For traffic that may go to any node. */
  readonly cluster: readonly Endpoint[]
  /** For traffic that must stay on this node. */
  readonly local: readonly Endpoint[]
  /** All that some rule here can lead to. */
  readonly reachable: readonly Endpoint[]
  /** Whether there is a usable endpoint on any node. */
  readonly anywhere: boolean
}

/** Upstream: CategorizeEndpoints in pkg/proxy/topology.go. */
export function routingOn(node: ProxyNode, port: ServicePort): Routing {
  const cluster = usesCluster(port) ? clusterEndpoints(port.endpoints, node) : []
  if (!usesLocal(port)) return { cluster, local: [], reachable: cluster, anywhere: cluster.length > 0 }
  const local = usable(port.endpoints.filter((endpoint) => endpoint.nodeName === node.name))
  return {
    cluster,
    local,
    reachable: usesCluster(port) ? union(cluster, local) : local,
    anywhere: usable(port.endpoints).length > 0,
  }
}

/** Whether nodes differ in the rules they have for this port. */
export function differsByNode(port: ServicePort): boolean {
  const hinted = ({ forNodes, forZones }: Endpoint) => forNodes.length > 0 || forZones.length > 0
  return usesLocal(port) || port.sourceRanges.length > 0 || port.endpoints.some(hinted)
}

/** Pods and the node itself reach external destinations by way of the cluster's endpoints, whatever the policy. */
function usesCluster(port: ServicePort): boolean {
  return !port.internalLocal || isExternallyAccessible(port)
}

function usesLocal(port: ServicePort): boolean {
  return port.internalLocal || (port.externalLocal && isExternallyAccessible(port))
}

/** Those that are ready; if none is, those that still serve while they terminate. */
function usable(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready)
  return ready.length > 0 ? ready : endpoints.filter(({ serving, terminating }) => serving && terminating)
}

function clusterEndpoints(endpoints: readonly Endpoint[], node: ProxyNode): readonly Endpoint[] {
  const candidates = usable(endpoints)
  // Hints count only when they are complete: every ready endpoint has one, and some are for us.
  if (!candidates.every((endpoint) => endpoint.ready)) return candidates
  for (const [hints, here] of [
    [(endpoint: Endpoint) => endpoint.forNodes, node.name],
    [(endpoint: Endpoint) => endpoint.forZones, node.zone],
  ] as const) {
    const ours = candidates.filter((endpoint) => here !== undefined && hints(endpoint).includes(here))
    if (ours.length > 0 && candidates.every((endpoint) => hints(endpoint).length > 0)) return ours
  }
  return candidates
}

function union(a: readonly Endpoint[], b: readonly Endpoint[]): Endpoint[] {
  return [...a, ...b.filter((endpoint) => !a.includes(endpoint))]
}
