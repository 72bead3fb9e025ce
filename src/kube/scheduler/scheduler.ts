import { hostname } from 'node:os'
import { type Change, type KubeClient, keyOf } from '../client.ts'
import { ControllerContext } from '../controllers/context.ts'
import { stableJson } from '../controllers/names.ts'
import { keyFrom } from '../controllers/owners.ts'
import { isTerminal, podCondition } from '../controllers/pods.ts'
import type { Node, Pod } from '../objects.ts'
import { NODES, PODS } from '../resources.ts'
import { timestamp } from '../timestamp.ts'
import { decide } from './decide.ts'
import { nodeLoads, place } from './node-load.ts'

export interface SchedulerOptions {
  readonly client: KubeClient
  readonly now?: () => Date
  readonly onError?: (controller: string, key: string, error: unknown) => void
}

const NAME = 'default-scheduler'
/** The queue's only key: one round decides for all waiting pods, so that each sees where the others went. */
const ROUND = 'round'

/**
 * Binds pending pods to nodes, a round at a time; runs when there is a new pod, or when a node or a pod's end may have
 * made room. Upstream: pkg/scheduler.
 */
export function startScheduler(options: SchedulerOptions): { stop(): void } {
  const context = new ControllerContext(options)
  const { client, now } = context
  const recorder = context.recorder(NAME, `${NAME}-${hostname()}`)
  const queue = context.queue('scheduler', { sync: schedule })
  /** Bound, but the informer doesn't say so yet. */
  const assumed = new Map<string, Pod>()
  /** Found no node; tried again when the cluster changes. */
  const unschedulable = new Set<string>()

  const retry = () => {
    unschedulable.clear()
    queue.add(ROUND)
  }
  const nodes = context.watch(NODES, ({ type, object, previous }) => {
    if (type !== 'updated' || !previous || facts(previous) !== facts(object)) retry()
  })
  const pods = context.watch(PODS, (change) => {
    const key = keyOf(change.object)
    if (change.object.spec?.nodeName || change.type === 'deleted') assumed.delete(key)
    if (freesRoom(change)) retry()
    else if (change.type === 'deleted') unschedulable.delete(key)
    else if (isPending(change.object) && !unschedulable.has(key)) queue.add(ROUND)
  })

  async function schedule(): Promise<void> {
    const all = pods.list()
    const waiting = all.filter(
      (pod) => isPending(pod) && !assumed.has(keyOf(pod)) && !unschedulable.has(keyOf(pod)),
    )
    if (waiting.length === 0) return
    const loads = nodeLoads(nodes.list(), [...all, ...assumed.values()])
    const results = waiting.sort(byAge).map(async (pod) => {
      const decision = decide(pod, loads)
      if ('message' in decision) {
        unschedulable.add(keyOf(pod))
        return tellFailure(pod, decision.message)
      }
      place(pod, decision.load)
      return bind(pod, decision.load.node.metadata.name)
    })
    const failed = (await Promise.allSettled(results)).find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  async function bind(pod: Pod, node: string): Promise<void> {
    const key = keyOf(pod)
    assumed.set(key, {
      ...pod,
      spec: { ...pod.spec, containers: pod.spec?.containers ?? [], nodeName: node },
    })
    const { name, namespace, uid } = pod.metadata
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, ...(namespace && { namespace }), ...(uid && { uid }) },
      target: { kind: 'Node', name: node },
    }
    try {
      await client.update<Pod>(PODS, binding as Pod, 'binding')
    } catch (error) {
      assumed.delete(key)
      if (pods.get(keyFrom(pod))) throw error
      return
    }
    if (pods.get(keyFrom(pod))?.spec?.nodeName) assumed.delete(key)
    const message = `Successfully assigned ${key} to ${node}`
    recorder.record({ about: pod, reason: 'Scheduled', message, action: 'Binding' })
  }

  async function tellFailure(pod: Pod, message: string): Promise<void> {
    const reason = 'FailedScheduling'
    recorder.record({ about: pod, type: 'Warning', reason, message, action: 'Scheduling' })
    if (podCondition(pod, 'PodScheduled')?.message === message) return
    const { generation } = pod.metadata
    const condition = {
      type: 'PodScheduled',
      ...(generation && { observedGeneration: generation }),
      status: 'False',
      lastProbeTime: null as unknown as string,
      lastTransitionTime: timestamp(now()),
      reason: 'Unschedulable',
      message,
    }
    const others = (pod.status?.conditions ?? []).filter((one) => one.type !== 'PodScheduled')
    const status = { ...pod.status, conditions: [...others, condition] }
    await client.update(PODS, { ...pod, status }, 'status')
  }

  void context.start()
  return context
}

function isPending(pod: Pod): boolean {
  const mine = (pod.spec?.schedulerName ?? NAME) === NAME
  const gated = (pod.spec?.schedulingGates ?? []).length > 0
  return mine && !gated && !pod.spec?.nodeName && !pod.metadata.deletionTimestamp && !isTerminal(pod)
}

/** A pod on a node has ended or gone. */
function freesRoom({ type, object, previous }: Change<Pod>): boolean {
  if (!object.spec?.nodeName) return false
  return type === 'deleted' || (isTerminal(object) && previous !== undefined && !isTerminal(previous))
}

/** What of a node decides where pods go. */
function facts({ metadata, spec, status }: Node): string {
  return stableJson([metadata.labels, spec?.taints, spec?.unschedulable, status?.allocatable])
}

function byAge(a: Pod, b: Pod): number {
  return (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '')
}
