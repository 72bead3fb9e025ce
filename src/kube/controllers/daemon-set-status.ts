import type { DaemonSet, Node, Pod } from '../objects.ts'
import { placement } from './daemon-placement.ts'
import { isAvailable, isReady } from './pods.ts'

export const REVISION_HASH = 'controller-revision-hash'

/** Upstream: updateDaemonSetStatus. */
export function daemonSetStatus(
  set: DaemonSet,
  nodes: readonly Node[],
  byNode: ReadonlyMap<string, readonly Pod[]>,
  o: { hash: string; now: Date },
): NonNullable<DaemonSet['status']> {
  const count = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 }
  for (const node of nodes) {
    const pods = byNode.get(node.metadata.name) ?? []
    const { run } = placement(set, node)
    if (!run) {
      if (pods.length > 0) count.misscheduled++
      continue
    }
    count.desired++
    const [pod] = [...pods].sort(byAge)
    if (!pod) continue
    count.current++
    if (isReady(pod)) count.ready++
    if (isAvailable(pod, set.spec?.minReadySeconds, o.now)) count.available++
    if (pod.metadata.labels?.[REVISION_HASH] === o.hash) count.updated++
  }
  const unavailable = count.desired - count.available
  const { generation } = set.metadata
  return {
    currentNumberScheduled: count.current,
    numberMisscheduled: count.misscheduled,
    desiredNumberScheduled: count.desired,
    numberReady: count.ready,
    ...(generation && { observedGeneration: generation }),
    ...(count.updated && { updatedNumberScheduled: count.updated }),
    ...(count.available && { numberAvailable: count.available }),
    ...(unavailable > 0 && { numberUnavailable: unavailable }),
  }
}

function byAge(a: Pod, b: Pod): number {
  return (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '')
}
