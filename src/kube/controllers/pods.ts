import type { Pod, PodStatus } from '../objects.ts'

type PodCondition = NonNullable<PodStatus['conditions']>[number]

export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type)
}

export function isReady(pod: Pod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True'
}

/** It has run to its end, either way. */
export function isTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

/** Counts as a replica: neither ended nor being deleted. */
export function isActive(pod: Pod): boolean {
  return !isTerminal(pod) && !pod.metadata.deletionTimestamp
}

/** When the pod has been ready for `minReadySeconds`, in ms since the epoch; undefined while it is not ready. */
export function availableAt(pod: Pod, minReadySeconds = 0): number | undefined {
  const ready = podCondition(pod, 'Ready')
  if (ready?.status !== 'True') return undefined
  return Date.parse(ready.lastTransitionTime ?? '') + minReadySeconds * 1000
}

export function isAvailable(pod: Pod, minReadySeconds: number | undefined, now: Date): boolean {
  const at = availableAt(pod, minReadySeconds)
  return at !== undefined && (!minReadySeconds || at <= now.getTime())
}
