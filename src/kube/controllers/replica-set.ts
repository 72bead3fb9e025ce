import { keyOf } from '../client.ts'
import type { Pod, ReplicaSet } from '../objects.ts'
import { PODS, REPLICA_SETS } from '../resources.ts'
import { messageOf } from '../../base/errors.ts'
import { slowStart } from './batches.ts'
import { type ControllerContext, splitKey } from './context.ts'
import { expectations } from './expectations.ts'
import { matchesSelector } from './labels.ts'
import { randomSuffix, stableJson } from './names.ts'
import { claim, controllerKey, controllerOf, keyFrom, ownedBy } from './owners.ts'
import { rankForDeletion } from './pod-ranking.ts'
import { availableAt, isActive, isAvailable, isReady } from './pods.ts'
import { replicaSetStatus } from './replica-set-status.ts'

/** Upstream's burstReplicas: the most pods one sync makes or deletes. */
const BURST = 500
/** Least time between two looks at one set: 200 pods that get ready together are a few status writes. */
const REST_MS = 15

/** Keeps as many pods as each ReplicaSet asks for. Upstream: pkg/controller/replicaset. */
export function startReplicaSets(context: ControllerContext): void {
  const { client, now } = context
  const recorder = context.recorder('replicaset-controller')
  const expected = expectations()
  const queue = context.queue('replicaset', { sync, minIntervalMs: REST_MS })
  const sets = context.watch(REPLICA_SETS, ({ type, object }) => {
    if (type === 'deleted') expected.forget(keyOf(object))
    queue.add(keyOf(object))
  })
  const pods = context.watch(PODS, ({ object, previous }) => {
    for (const pod of previous ? [previous, object] : [object]) {
      const key = controllerKey(pod, 'ReplicaSet')
      if (key) {
        expected.observe(key, pod)
        queue.add(key)
      }
    }
    if (!controllerOf(object)) addMatching(object)
  })

  function addMatching(orphan: Pod): void {
    for (const set of sets.list(orphan.metadata.namespace)) {
      if (matchesSelector(set.spec?.selector, orphan.metadata.labels)) queue.add(keyOf(set))
    }
  }

  async function sync(key: string): Promise<void> {
    const set = sets.get(splitKey(key))
    if (!set) return
    const mine = await claim(client, PODS, set, set.spec?.selector, pods.list(set.metadata.namespace))
    const active = mine.filter(isActive)
    const managing = !set.metadata.deletionTimestamp && expected.satisfied(key)
    const failure = managing ? await manage(set, active) : undefined
    await writeStatus(set, mine, failure)
    wakeWhenAvailable(key, set, active)
    if (failure) throw failure.error
  }

  async function manage(set: ReplicaSet, active: readonly Pod[]) {
    const missing = (set.spec?.replicas ?? 1) - active.length
    if (missing > 0) {
      const { error } = await slowStart(Math.min(missing, BURST), () => createPod(set))
      return error === undefined ? undefined : { reason: 'FailedCreate', error }
    }
    const surplus = rankForDeletion(active).slice(0, Math.min(-missing, BURST))
    const results = await Promise.allSettled(surplus.map((pod) => deletePod(set, pod)))
    const failed = results.find((result) => result.status === 'rejected')
    return failed && { reason: 'FailedDelete', error: failed.reason as unknown }
  }

  async function createPod(set: ReplicaSet): Promise<void> {
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
      await client.create(PODS, pod)
      if (!pods.get(keyFrom(pod))) expected.expect(keyOf(set), pod)
      recorder.record({
        about: set,
        reason: 'SuccessfulCreate',
        message: `Created pod: ${pod.metadata.name}`,
      })
    } catch (error) {
      const message = `Error creating: ${messageOf(error)}`
      recorder.record({ about: set, type: 'Warning', reason: 'FailedCreate', message })
      throw error
    }
  }

  async function deletePod(set: ReplicaSet, pod: Pod): Promise<void> {
    const { uid } = pod.metadata
    try {
      await client.delete(PODS, keyFrom(pod), uid ? { preconditions: { uid } } : {})
    } catch (error) {
      if (!pods.get(keyFrom(pod))) return
      const message = `Error deleting: ${messageOf(error)}`
      recorder.record({ about: set, type: 'Warning', reason: 'FailedDelete', message })
      throw error
    }
    const cached = pods.get(keyFrom(pod))
    if (cached?.metadata.uid === uid && !cached?.metadata.deletionTimestamp) expected.expect(keyOf(set), pod)
    recorder.record({ about: set, reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` })
  }

  async function writeStatus(
    set: ReplicaSet,
    mine: readonly Pod[],
    failure: { reason: string; error: unknown } | undefined,
  ): Promise<void> {
    const status = replicaSetStatus(set, mine, {
      now: now(),
      ...(failure && { failure: { reason: failure.reason, message: messageOf(failure.error) } }),
    })
    if (stableJson(status) === stableJson(set.status)) return
    await client.update(REPLICA_SETS, { ...set, status }, 'status')
  }

  /** With minReadySeconds, availability comes with time and not with an event. */
  function wakeWhenAvailable(key: string, set: ReplicaSet, active: readonly Pod[]): void {
    const { minReadySeconds } = set.spec ?? {}
    if (!minReadySeconds) return
    const waiting = active.filter((pod) => isReady(pod) && !isAvailable(pod, minReadySeconds, now()))
    if (waiting.length === 0) return
    const next = Math.min(...waiting.map((pod) => availableAt(pod, minReadySeconds) ?? Infinity))
    queue.addAfter(key, Math.max(1, next - now().getTime()))
  }
}
