import type { Pod, ReplicaSet } from '../objects.ts'
import { timestamp } from '../timestamp.ts'
import { isActive, isAvailable, isReady, isTerminal } from './pods.ts'

type ReplicaSetStatus = NonNullable<ReplicaSet['status']>

/** The status that a ReplicaSet's pods give it. Counters of zero are left out, as Go's omitempty does. */
export function replicaSetStatus(
  set: ReplicaSet,
  pods: readonly Pod[],
  o: { now: Date; failure?: { reason: string; message: string } },
): ReplicaSetStatus {
  const active = pods.filter(isActive)
  const templateLabels = Object.entries(set.spec?.template?.metadata?.labels ?? {})
  const labelled = active.filter((pod) =>
    templateLabels.every(([key, value]) => pod.metadata.labels?.[key] === value),
  )
  const ready = active.filter(isReady)
  const available = ready.filter((pod) => isAvailable(pod, set.spec?.minReadySeconds, o.now))
  const terminating = pods.filter((pod) => pod.metadata.deletionTimestamp && !isTerminal(pod))
  const conditions = conditionsOf(set, o)
  return {
    replicas: active.length,
    ...(labelled.length && { fullyLabeledReplicas: labelled.length }),
    ...(ready.length && { readyReplicas: ready.length }),
    ...(available.length && { availableReplicas: available.length }),
    terminatingReplicas: terminating.length,
    ...(set.metadata.generation && { observedGeneration: set.metadata.generation }),
    ...(conditions && { conditions }),
  }
}

function conditionsOf(
  set: ReplicaSet,
  o: { now: Date; failure?: { reason: string; message: string } },
): ReplicaSetStatus['conditions'] {
  if (!o.failure) return undefined
  const before = set.status?.conditions?.find((condition) => condition.type === 'ReplicaFailure')
  const lastTransitionTime = before?.lastTransitionTime ?? timestamp(o.now)
  return [{ type: 'ReplicaFailure', status: 'True', lastTransitionTime, ...o.failure }]
}
