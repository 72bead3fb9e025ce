import type { Deployment, ReplicaSet } from '../objects.ts'
import { sizeOf, sum } from './deployment-status.ts'
import { fence } from './rolling-numbers.ts'
import { desiredReplicas, maxReplicas } from './rollout-annotations.ts'

const created = (set: ReplicaSet): string => set.metadata.creationTimestamp ?? ''

export function oldestFirst(sets: readonly ReplicaSet[]): ReplicaSet[] {
  return [...sets].sort((a, b) => created(a).localeCompare(created(b)) || byName(a, b))
}

const byName = (a: ReplicaSet, b: ReplicaSet): number => a.metadata.name.localeCompare(b.metadata.name)

/** The size a new ReplicaSet may have now. Upstream: NewRSNewReplicas. */
export function newSetSize(deployment: Deployment, sets: readonly ReplicaSet[], newSet?: ReplicaSet): number {
  const { replicas = 1, strategy } = deployment.spec ?? {}
  if (strategy?.type === 'Recreate') return replicas
  const size = newSet ? sizeOf(newSet) : 0
  const room = replicas + fence(deployment).maxSurge - sum(sets.map(sizeOf))
  return room <= 0 ? size : size + Math.min(room, replicas - size)
}

/** spec.replicas has changed since the ReplicaSets got their sizes. */
export function isScalingEvent(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  return sets.some((set) => {
    const desired = desiredReplicas(set)
    return sizeOf(set) > 0 && desired !== undefined && desired !== (deployment.spec?.replicas ?? 1)
  })
}

/**
 * New sizes in the middle of a rollout: every active ReplicaSet grows or shrinks in proportion to its size, and what is
 * left by rounding goes to the largest. Upstream: scale().
 */
export function proportionalSizes(
  deployment: Deployment,
  active: readonly ReplicaSet[],
): Map<ReplicaSet, number> {
  const { replicas = 1 } = deployment.spec ?? {}
  const allowed = replicas > 0 ? replicas + fence(deployment).maxSurge : 0
  const change = allowed - sum(active.map(sizeOf))
  const byAge = change > 0 ? oldestFirst(active).reverse() : oldestFirst(active)
  const ordered = byAge.sort((a, b) => sizeOf(b) - sizeOf(a))
  const sizes = new Map<ReplicaSet, number>()
  let left = change
  for (const set of ordered) {
    const fraction = left === 0 ? 0 : share(deployment, set, allowed)
    const added = change > 0 ? Math.min(Math.max(fraction, 0), left) : Math.max(Math.min(fraction, 0), left)
    sizes.set(set, sizeOf(set) + added)
    left -= added
  }
  const largest = ordered[0]
  if (largest && left !== 0) sizes.set(largest, Math.max(0, (sizes.get(largest) ?? 0) + left))
  return sizes
}

function share(deployment: Deployment, set: ReplicaSet, allowed: number): number {
  if ((deployment.spec?.replicas ?? 1) === 0) return -sizeOf(set)
  const before = maxReplicas(set) ?? deployment.status?.replicas ?? allowed
  return before === 0 ? 0 : Math.round((sizeOf(set) * allowed) / before) - sizeOf(set)
}
