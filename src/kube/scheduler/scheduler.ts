import { hostname } from 'node:os'
import { type Change, type Informer, type KubeClient, keyOf } from '../client.ts'
import { ControllerContext } from '../controllers/context.ts'
import type { EventRecorder } from '../controllers/event-recorder.ts'
import { stableJson } from '../controllers/names.ts'
import { keyFrom } from '../controllers/owners.ts'
import { isTerminal, podCondition } from '../controllers/pods.ts'
import type { WorkQueue } from '../controllers/work-queue.ts'
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
  new Scheduler(context).watch(context)
  void context.start()
  return context
}

class Scheduler {
  readonly #client: ControllerContext['client']
  readonly #now: ControllerContext['now']
  readonly #recorder: EventRecorder
  readonly #queue: WorkQueue
  /** Bound, but the informer doesn't say so yet. */
  readonly #assumed = new Map<string, Pod>()
  /** Found no node; tried again when the cluster changes. */
  readonly #unschedulable = new Set<string>()
  readonly #nodes: Informer<Node>
  readonly #pods: Informer<Pod>

  constructor(context: ControllerContext) {
    this.#client = context.client
    this.#now = context.now
    this.#recorder = context.recorder(NAME, `${NAME}-${hostname()}`)
    this.#nodes = context.informer(NODES)
    this.#pods = context.informer(PODS)
    this.#queue = context.queue('scheduler', { sync: () => this.#schedule() })
  }

  watch(context: ControllerContext): void {
    context.watch(NODES, ({ type, object, previous }) => {
      if (type !== 'updated' || !previous || facts(previous) !== facts(object)) this.#retry()
    })
    context.watch(PODS, (change) => {
      const key = keyOf(change.object)
      if (change.object.spec?.nodeName || change.type === 'deleted') this.#assumed.delete(key)
      if (freesRoom(change)) this.#retry()
      else if (change.type === 'deleted') this.#unschedulable.delete(key)
      else if (isPending(change.object) && !this.#unschedulable.has(key)) this.#queue.add(ROUND)
    })
  }

  #retry(): void {
    this.#unschedulable.clear()
    this.#queue.add(ROUND)
  }

  async #schedule(): Promise<void> {
    const all = this.#pods.list()
    const waiting = all.filter(
      (pod) => isPending(pod) && !this.#assumed.has(keyOf(pod)) && !this.#unschedulable.has(keyOf(pod)),
    )
    if (waiting.length === 0) return
    const loads = nodeLoads(this.#nodes.list(), [...all, ...this.#assumed.values()])
    const results = waiting.sort(byAge).map(async (pod) => {
      const decision = decide(pod, loads)
      if ('message' in decision) {
        this.#unschedulable.add(keyOf(pod))
        return this.#tellFailure(pod, decision.message)
      }
      place(pod, decision.load)
      return this.#bind(pod, decision.load.node.metadata.name)
    })
    const failed = (await Promise.allSettled(results)).find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  async #bind(pod: Pod, node: string): Promise<void> {
    const key = keyOf(pod)
    this.#assumed.set(key, {
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
      await this.#client.update(PODS, binding, 'binding')
    } catch (error) {
      this.#assumed.delete(key)
      if (this.#pods.get(keyFrom(pod))) throw error
      return
    }
    if (this.#pods.get(keyFrom(pod))?.spec?.nodeName) this.#assumed.delete(key)
    const message = `Successfully assigned ${key} to ${node}`
    this.#recorder.record({ about: pod, reason: 'Scheduled', message, action: 'Binding' })
  }

  async #tellFailure(pod: Pod, message: string): Promise<void> {
    const reason = 'FailedScheduling'
    this.#recorder.record({ about: pod, type: 'Warning', reason, message, action: 'Scheduling' })
    if (podCondition(pod, 'PodScheduled')?.message === message) return
    const { generation } = pod.metadata
    const condition = {
      type: 'PodScheduled',
      ...(generation && { observedGeneration: generation }),
      status: 'False',
      lastTransitionTime: timestamp(this.#now()),
      reason: 'Unschedulable',
      message,
    }
    const others = (pod.status?.conditions ?? []).filter((one) => one.type !== 'PodScheduled')
    const status = { ...pod.status, conditions: [...others, condition] }
    await this.#client.update(PODS, { ...pod, status }, 'status')
  }
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
  const [first = '', second = ''] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp]
  return first < second ? -1 : first > second ? 1 : 0
}
