import type { Deployment, ReplicaSet } from '../objects.ts'
import { timestamp } from '../timestamp.ts'
import { fence } from './rolling-numbers.ts'

type DeploymentStatus = NonNullable<Deployment['status']>
type Conditions = NonNullable<DeploymentStatus['conditions']>
export type DeploymentCondition = Conditions[number]
type NewCondition = Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>

export const sum = (numbers: readonly (number | undefined)[]): number =>
  numbers.reduce<number>((total, number) => total + (number ?? 0), 0)

export const sizeOf = (set: ReplicaSet): number => set.spec?.replicas ?? 1

export function condition(deployment: Deployment, type: string): DeploymentCondition | undefined {
  return deployment.status?.conditions?.find((one) => one.type === type)
}

/** `conditions` with a newer one in; an old one that says the same stays, and the transition time moves with the status only. */
export function withCondition(conditions: Conditions | undefined, next: NewCondition, now: Date): Conditions {
  const old = conditions?.find((one) => one.type === next.type)
  if (old?.status === next.status && old.reason === next.reason) return conditions ?? []
  return replaceCondition(conditions, next, now)
}

function replaceCondition(conditions: Conditions | undefined, next: NewCondition, now: Date): Conditions {
  const old = conditions?.find((one) => one.type === next.type)
  const time = timestamp(now)
  const lastTransitionTime = old?.status === next.status ? old.lastTransitionTime : time
  const { type, status, reason, message } = next
  const fresh = {
    type,
    status,
    lastUpdateTime: time,
    ...(lastTransitionTime && { lastTransitionTime }),
    ...(reason && { reason }),
    ...(message && { message }),
  }
  return [...(conditions ?? []).filter((one) => one.type !== next.type), fresh]
}

export interface StatusInputs {
  readonly deployment: Deployment
  readonly newSet: ReplicaSet | undefined
  /** New and old. */
  readonly sets: readonly ReplicaSet[]
  readonly now: Date
}

/** Upstream: calculateStatus. Counters of zero are left out. */
function counters({ deployment, newSet, sets }: StatusInputs): DeploymentStatus {
  const status = {
    replicas: sum(sets.map((set) => set.status?.replicas)),
    updatedReplicas: newSet?.status?.replicas,
    readyReplicas: sum(sets.map((set) => set.status?.readyReplicas)),
    availableReplicas: sum(sets.map((set) => set.status?.availableReplicas)),
  }
  const unavailableReplicas = Math.max(0, sum(sets.map(sizeOf)) - status.availableReplicas)
  const counted = Object.entries({ ...status, unavailableReplicas }).filter(([, count]) => count)
  const { generation } = deployment.metadata
  const { collisionCount } = deployment.status ?? {}
  return {
    ...(generation && { observedGeneration: generation }),
    ...Object.fromEntries(counted),
    terminatingReplicas: sum(sets.map((set) => set.status?.terminatingReplicas)),
    ...(collisionCount && { collisionCount }),
  }
}

/** Status of a Deployment that is being rolled out. Upstream: syncRolloutStatus. */
export function rolloutStatus(inputs: StatusInputs): DeploymentStatus {
  const { deployment, sets, now } = inputs
  const status = plainStatus(inputs)
  const progressing = progress(inputs, status)
  if (progressing) status.conditions = progressing
  const failure = sets
    .flatMap((set) => set.status?.conditions ?? [])
    .find((one) => one.type === 'ReplicaFailure' && one.status === 'True')
  const { status: was, reason, message } = failure ?? {}
  const others = (status.conditions ?? []).filter((one) => one.type !== 'ReplicaFailure')
  status.conditions = others
  if (was) {
    const next = {
      type: 'ReplicaFailure',
      status: was,
      ...(reason && { reason }),
      ...(message && { message }),
    }
    const old = condition(deployment, 'ReplicaFailure')
    status.conditions = withCondition(old ? [...others, old] : others, next, now)
  }
  return status
}

/** Status of a Deployment that is paused, being scaled or being deleted: counters and availability only. */
export function plainStatus(inputs: StatusInputs): DeploymentStatus {
  const { deployment, now } = inputs
  const status = counters(inputs)
  const least = (deployment.spec?.replicas ?? 1) - fence(deployment).maxUnavailable
  const available = (status.availableReplicas ?? 0) >= least
  status.conditions = withCondition(
    deployment.status?.conditions,
    available
      ? {
          type: 'Available',
          status: 'True',
          reason: 'MinimumReplicasAvailable',
          message: 'Deployment has minimum availability.',
        }
      : {
          type: 'Available',
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
        },
    now,
  )
  return status
}

/** The conditions with a new Progressing one, when there is news. */
function progress(inputs: StatusInputs, status: DeploymentStatus): Conditions | undefined {
  const { deployment, newSet, now } = inputs
  if (deployment.spec?.progressDeadlineSeconds === undefined) return undefined
  const current = condition(deployment, 'Progressing')
  const done =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable'
  if (done) return undefined
  const what = newSet ? `ReplicaSet "${newSet.metadata.name}"` : `Deployment "${deployment.metadata.name}"`
  const says = (conditionStatus: string, reason: string, message: string) => ({
    type: 'Progressing',
    status: conditionStatus,
    reason,
    message: `${what} ${message}`,
  })
  if (isComplete(deployment, status)) {
    const complete = says('True', 'NewReplicaSetAvailable', 'has successfully progressed.')
    return withCondition(status.conditions, complete, now)
  }
  if (hasProgressed(deployment.status ?? {}, status)) {
    return replaceCondition(status.conditions, says('True', 'ReplicaSetUpdated', 'is progressing.'), now)
  }
  if (timedOut(deployment, now)) {
    const late = says('False', 'ProgressDeadlineExceeded', 'has timed out progressing.')
    return withCondition(status.conditions, late, now)
  }
  return undefined
}

export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const replicas = deployment.spec?.replicas ?? 1
  return (
    (status.updatedReplicas ?? 0) === replicas &&
    (status.replicas ?? 0) === replicas &&
    (status.availableReplicas ?? 0) === replicas &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  )
}

function hasProgressed(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0)
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  )
}

/** When a rollout without news is given up, in ms since the epoch. */
export function progressDeadline(deployment: Deployment): number | undefined {
  const current = condition(deployment, 'Progressing')
  const seconds = deployment.spec?.progressDeadlineSeconds
  if (!current?.lastUpdateTime || seconds === undefined || deployment.spec?.paused) return undefined
  if (current.reason === 'NewReplicaSetAvailable' || current.reason === 'ProgressDeadlineExceeded')
    return undefined
  return Date.parse(current.lastUpdateTime) + seconds * 1000
}

function timedOut(deployment: Deployment, now: Date): boolean {
  if (condition(deployment, 'Progressing')?.reason === 'ProgressDeadlineExceeded') return true
  const deadline = progressDeadline(deployment)
  return deadline !== undefined && deadline <= now.getTime()
}
