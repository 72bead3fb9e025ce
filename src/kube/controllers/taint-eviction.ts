import { ApiError, keyOf } from '../client.ts'
import type { Node, Pod, Taint } from '../objects.ts'
import { NODES, PODS } from '../resources.ts'
import { tolerates } from '../scheduler/taints.ts'
import { type ControllerContext, splitKey } from './context.ts'
import { keyFrom } from './owners.ts'
import { stableJson } from './names.ts'

/** Deletes pods from nodes with NoExecute taints that they don't tolerate, or no longer. Upstream: tainteviction. */
export function startTaintEviction(context: ControllerContext): void {
  const { client } = context
  const recorder = context.recorder('taint-eviction-controller')
  const queue = context.queue('taint-eviction', { sync })
  /** Since when a pod bears its node's taints, and which; in ms of performance.now(). */
  const bearing = new Map<string, { since: number; taints: string }>()

  const pods = context.watch(PODS, ({ type, object, previous }) => {
    const key = keyOf(object)
    if (type === 'deleted') bearing.delete(key)
    else if (object.spec?.nodeName !== previous?.spec?.nodeName) queue.add(key)
  })
  const nodes = context.watch(NODES, ({ type, object, previous }) => {
    if (type === 'deleted' || taintsText(object) === (previous ? taintsText(previous) : '[]')) return
    for (const pod of pods.list()) {
      if (pod.spec?.nodeName === object.metadata.name) queue.add(keyOf(pod))
    }
  })

  async function sync(key: string): Promise<void> {
    const pod = pods.get(splitKey(key))
    const node = nodes.get({ name: pod?.spec?.nodeName ?? '' })
    if (!pod || !node || pod.metadata.deletionTimestamp) return
    const taints = evicting(node)
    const seconds = toleratedSeconds(pod, taints)
    if (seconds === undefined) return cancel(key, pod)
    const known = bearing.get(key)
    const since = known?.taints === taintsText(node) ? known.since : performance.now()
    bearing.set(key, { since, taints: taintsText(node) })
    const left = since + seconds * 1000 - performance.now()
    if (left > 0) return queue.addAfter(key, left)
    const message = `Marking for deletion Pod ${key}`
    recorder.record({ about: pod, reason: 'TaintManagerEviction', message })
    await client.delete(PODS, keyFrom(pod)).catch((error: unknown) => {
      if (!(error instanceof ApiError) || error.code !== 404) throw error
    })
  }

  function cancel(key: string, pod: Pod): void {
    if (!bearing.delete(key)) return
    const message = `Cancelling deletion of Pod ${key}`
    recorder.record({ about: pod, reason: 'TaintManagerEviction', message })
  }
}

function evicting(node: Node): Taint[] {
  return (node.spec?.taints ?? []).filter((taint) => taint.effect === 'NoExecute')
}

function taintsText(node: Node): string {
  return stableJson(evicting(node).map(({ key, value }) => [key, value]))
}

/** How long the pod may stay: 0 when a taint is not tolerated, undefined for ever. */
export function toleratedSeconds(pod: Pod, taints: readonly Taint[]): number | undefined {
  const limits: number[] = []
  for (const taint of taints) {
    const tolerations = (pod.spec?.tolerations ?? []).filter((toleration) => tolerates(toleration, taint))
    if (tolerations.length === 0) return 0
    limits.push(...tolerations.flatMap((toleration) => toleration.tolerationSeconds ?? []))
  }
  return limits.length > 0 ? Math.max(0, Math.min(...limits)) : undefined
}
