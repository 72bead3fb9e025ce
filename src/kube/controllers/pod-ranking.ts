import type { Pod } from '../objects.ts'
import { isReady, podCondition } from './pods.ts'

const PHASES = ['Pending', 'Unknown', 'Running']
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost'

/**
 * Pods in the order in which scaling down takes them: unassigned before assigned, not running before running, not ready
 * before ready, cheap before dear, from crowded nodes first, recently ready first, often restarted first, young first.
 * Upstream: ActivePodsWithRanks.
 */
export function rankForDeletion(pods: readonly Pod[]): Pod[] {
  const perNode = new Map<string, number>()
  for (const { spec } of pods) {
    if (spec?.nodeName) perNode.set(spec.nodeName, (perNode.get(spec.nodeName) ?? 0) + 1)
  }
  const ranked = pods.map((pod) => ({ pod, rank: rank(pod, perNode.get(pod.spec?.nodeName ?? '') ?? 0) }))
  return ranked.sort((a, b) => compare(a.rank, b.rank)).map(({ pod }) => pod)
}

function rank(pod: Pod, onSameNode: number): number[] {
  const readySince = Date.parse(podCondition(pod, 'Ready')?.lastTransitionTime ?? '')
  return [
    pod.spec?.nodeName ? 1 : 0,
    PHASES.indexOf(pod.status?.phase ?? ''),
    isReady(pod) ? 1 : 0,
    Number(pod.metadata.annotations?.[DELETION_COST] ?? 0) || 0,
    -onSameNode,
    isReady(pod) ? -readySince : 0,
    -Math.max(0, ...(pod.status?.containerStatuses ?? []).map((container) => container.restartCount)),
    -Date.parse(pod.metadata.creationTimestamp ?? ''),
  ]
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, value] of a.entries()) {
    const difference = value - (b[i] ?? 0)
    if (difference) return difference
  }
  return 0
}
