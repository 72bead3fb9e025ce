import type { Deployment } from '../objects.ts'

/** An int-or-percent of `total`; surge rounds up, unavailability down. */
export function scaled(value: number | string | undefined, total: number, round: 'up' | 'down'): number {
  if (value === undefined) return 0
  if (typeof value === 'number') return value
  const share = (Number.parseInt(value, 10) * total) / 100
  return round === 'up' ? Math.ceil(share) : Math.floor(share)
}

export interface Fence {
  /** Pods above spec.replicas that a rollout may have. */
  readonly maxSurge: number
  /** Pods below spec.replicas that may be available. */
  readonly maxUnavailable: number
}

/** Upstream's ResolveFenceposts: never both zero, since a rollout could not move then. */
export function fence(deployment: Deployment): Fence {
  const { replicas = 1, strategy } = deployment.spec ?? {}
  if (strategy?.type === 'Recreate') return { maxSurge: 0, maxUnavailable: 0 }
  const rolling = { maxSurge: '25%', maxUnavailable: '25%', ...strategy?.rollingUpdate }
  const maxSurge = scaled(rolling.maxSurge, replicas, 'up')
  const maxUnavailable = scaled(rolling.maxUnavailable, replicas, 'down')
  if (maxSurge === 0 && maxUnavailable === 0) return { maxSurge, maxUnavailable: 1 }
  return { maxSurge, maxUnavailable: Math.min(maxUnavailable, replicas) }
}
