import { keyOf, type Informer } from '../client.ts'
import type { Pod, ReplicaSet } from '../objects.ts'
import { sameValue } from '../registry/same-value.ts'
import { PODS, REPLICA_SETS } from '../resources.ts'
import { messageOf } from '../../base/errors.ts'
import { slowStart } from './batches.ts'
import { type ControllerContext, splitKey } from './context.ts'
import type { EventRecorder } from './event-recorder.ts'
import { expectations } from './expectations.ts'
import { matchesSelector } from './labels.ts'
import { randomSuffix } from '../random-name.ts'
import { claim, controllerKey, controllerOf, keyFrom, ownedBy } from './owners.ts'
import { rankForDeletion } from './pod-ranking.ts'
import { availableAt, isActive, isAvailable, isReady } from './pods.ts'
import { replicaSetStatus } from './replica-set-status.ts'
import type { WorkQueue } from './work-queue.ts'

/** Upstream's burstReplicas: the most pods one sync makes or deletes. */
const BURST = 500
/** Least time between two looks at one set: 200 pods that get ready together are a few status writes. */
const REST_MS = 15

/** Keeps as many pods as each ReplicaSet asks for. Upstream: pkg/controller/replicaset. */
export function startReplicaSets(context: ControllerContext): void {
  new ReplicaSets(context).watch(context)
}

class ReplicaSets {
  readonly #client: ControllerContext['client']
  readonly #now: ControllerContext['now']
  readonly #recorder: EventRecorder
  readonly #expected = expectations()
  readonly #queue: WorkQueue
  readonly #sets: Informer<ReplicaSet>
  readonly #pods: Informer<Pod>

  constructor(context: ControllerContext) {
    this.#client = context.client
    this.#now = context.now
    this.#recorder = context.recorder('replicaset-controller')
    this.#sets = context.informer(REPLICA_SETS)
    this.#pods = context.informer(PODS)
    this.#queue = context.queue('replicaset', { sync: (key) => this.#sync(key), minIntervalMs: REST_MS })
  }

  watch(context: ControllerContext): void {
    context.watch(REPLICA_SETS, ({ type, object }) => {
      if (type === 'deleted') this.#expected.forget(keyOf(object))
      this.#queue.add(keyOf(object))
    })
    context.watch(PODS, ({ object, previous }) => {
      for (const pod of previous ? [previous, object] : [object]) {
        const key = controllerKey(pod, 'ReplicaSet')
        if (key) {
          this.#expected.observe(key, pod)
          this.#queue.add(key)
        }
      }
      if (!controllerOf(object)) this.#addMatching(object)
    })
  }

  #addMatching(orphan: Pod): void {
    for (const set of this.#sets.list(orphan.metadata.namespace)) {
      if (matchesSelector(set.spec?.selector, orphan.metadata.labels)) this.#queue.add(keyOf(set))
    }
  }

  async #sync(key: string): Promise<void> {
    const set = this.#sets.get(splitKey(key))
    if (!set) return
    const mine = await claim(
      this.#client,
      PODS,
      set,
      set.spec?.selector,
      this.#pods.list(set.metadata.namespace),
    )
    const active = mine.filter(isActive)
    const managing = !set.metadata.deletionTimestamp && this.#expected.satisfied(key)
    const failure = managing ? await this.#manage(set, active) : undefined
    await this.#writeStatus(set, mine, failure)
    this.#wakeWhenAvailable(key, set, active)
    if (failure) throw failure.error
  }

  async #manage(set: ReplicaSet, active: readonly Pod[]) {
    const missing = (set.spec?.replicas ?? 1) - active.length
    if (missing > 0) {
      const { error } = await slowStart(Math.min(missing, BURST), () => this.#createPod(set))
      return error === undefined ? undefined : { reason: 'FailedCreate', error }
    }
    if (missing === 0) return undefined
    const surplus = rankForDeletion(active).slice(0, Math.min(-missing, BURST))
    const results = await Promise.allSettled(surplus.map((pod) => this.#deletePod(set, pod)))
    const failed = results.find((result) => result.status === 'rejected')
    return failed && { reason: 'FailedDelete', error: failed.reason as unknown }
  }

  async #createPod(set: ReplicaSet): Promise<void> {
    const { metadata = {}, spec } = set.spec?.template ?? {}
    const generateName = `${set.metadata.name}-`
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...(metadata.labels && { labels: metadata.labels }),
        ...(metadata.annotations && { annotations: metadata.annotations }),
        ...(metadata.finalizers && { finalizers: metadata.finalizers }),
        generateName,
        name: generateName + randomSuffix(),
        ...(set.metadata.namespace && { namespace: set.metadata.namespace }),
        ownerReferences: [ownedBy(set)],
      },
      ...(spec && { spec }),
    }
    try {
      await this.#client.create(PODS, pod)
      if (!this.#pods.get(keyFrom(pod))) this.#expected.expect(keyOf(set), pod)
      this.#recorder.record({
        about: set,
        reason: 'SuccessfulCreate',
        message: `Created pod: ${pod.metadata.name}`,
      })
    } catch (error) {
      const message = `Error creating: ${messageOf(error)}`
      this.#recorder.record({ about: set, type: 'Warning', reason: 'FailedCreate', message })
      throw error
    }
  }

  async #deletePod(set: ReplicaSet, pod: Pod): Promise<void> {
    const { uid } = pod.metadata
    try {
      await this.#client.delete(PODS, keyFrom(pod), uid ? { preconditions: { uid } } : {})
    } catch (error) {
      if (!this.#pods.get(keyFrom(pod))) return
      const message = `Error deleting: ${messageOf(error)}`
      this.#recorder.record({ about: set, type: 'Warning', reason: 'FailedDelete', message })
      throw error
    }
    const cached = this.#pods.get(keyFrom(pod))
    if (cached?.metadata.uid === uid && !cached?.metadata.deletionTimestamp)
      this.#expected.expect(keyOf(set), pod)
    this.#recorder.record({
      about: set,
      reason: 'SuccessfulDelete',
      message: `Deleted pod: ${pod.metadata.name}`,
    })
  }

  async #writeStatus(
    set: ReplicaSet,
    mine: readonly Pod[],
    failure: { reason: string; error: unknown } | undefined,
  ): Promise<void> {
    const status = replicaSetStatus(set, mine, {
      now: this.#now(),
      ...(failure && { failure: { reason: failure.reason, message: messageOf(failure.error) } }),
    })
    if (sameValue(status, set.status)) return
    await this.#client.update(REPLICA_SETS, { ...set, status }, 'status')
  }

  /** With minReadySeconds, availability comes with time and not with an event. */
  #wakeWhenAvailable(key: string, set: ReplicaSet, active: readonly Pod[]): void {
    const { minReadySeconds } = set.spec ?? {}
    if (!minReadySeconds) return
    const waiting = active.filter((pod) => isReady(pod) && !isAvailable(pod, minReadySeconds, this.#now()))
    if (waiting.length === 0) return
    const next = Math.min(...waiting.map((pod) => availableAt(pod, minReadySeconds) ?? Infinity))
    this.#queue.addAfter(key, Math.max(1, next - this.#now().getTime()))
  }
}
