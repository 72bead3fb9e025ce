import { controllerOf } from '../controllers/owners.ts'
import { isTerminal } from '../controllers/pods.ts'
import type { Node, Pod } from '../objects.ts'
import { type Amounts, addTo, type HostPort, hostPortsOf, requestsOf, toAmounts } from './requests.ts'

/** A node and what its pods take of it: what one scheduling decision reads, and the next one sees changed. */
export interface NodeLoad {
  readonly node: Node
  readonly allocatable: Amounts
  readonly requested: Record<string, number>
  readonly hostPorts: HostPort[]
  /** Pods by the uid of their controller, to spread replicas. */
  readonly owners: Map<string, number>
}

export function nodeLoads(nodes: readonly Node[], pods: Iterable<Pod>): NodeLoad[] {
  const loads = new Map<string, NodeLoad>()
  for (const node of nodes) {
    const allocatable = toAmounts({ pods: '110', ...node.status?.allocatable })
    loads.set(node.metadata.name, { node, allocatable, requested: {}, hostPorts: [], owners: new Map() })
  }
  for (const pod of pods) {
    const load = loads.get(pod.spec?.nodeName ?? '')
    if (load && !isTerminal(pod)) place(pod, load)
  }
  return [...loads.values()]
}

export function place(pod: Pod, load: NodeLoad): void {
  addTo(load.requested, requestsOf(pod.spec))
  load.hostPorts.push(...hostPortsOf(pod))
  const owner = controllerOf(pod)?.uid
  if (owner) load.owners.set(owner, (load.owners.get(owner) ?? 0) + 1)
}
