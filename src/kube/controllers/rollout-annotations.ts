import type { Deployment, ReplicaSet } from '../objects.ts'

export const REVISION = 'deployment.kubernetes.io/revision'
export const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history'
const DESIRED = 'deployment.kubernetes.io/desired-replicas'
const MAX = 'deployment.kubernetes.io/max-replicas'

/** Annotations of a Deployment that its ReplicaSets don't get. */
const NOT_COPIED = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED,
  MAX,
  'deprecated.deployment.rollback.to',
])

type Annotations = Record<string, string>

export function revisionOf(object: Deployment | ReplicaSet): number {
  return Number(object.metadata.annotations?.[REVISION] ?? 0) || 0
}

/** A ReplicaSet's annotations as the Deployment wants them at this revision. */
export function syncedAnnotations(
  set: ReplicaSet | undefined,
  deployment: Deployment,
  revision: number,
): Annotations {
  const annotations: Annotations = { ...set?.metadata.annotations }
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!NOT_COPIED.has(key)) annotations[key] = value
  }
  const old = Number(annotations[REVISION] ?? 0)
  if (old < revision) {
    annotations[REVISION] = String(revision)
    if (old > 0) {
      const history = annotations[REVISION_HISTORY]
      annotations[REVISION_HISTORY] = history ? `${history},${old}` : String(old)
    }
  }
  return annotations
}

/** How many replicas the Deployment wanted when it last set this ReplicaSet's size: the base of proportional scaling. */
export function sizeAnnotations(desired: number, max: number): Annotations {
  return { [DESIRED]: String(desired), [MAX]: String(max) }
}

export function desiredReplicas(set: ReplicaSet): number | undefined {
  const text = set.metadata.annotations?.[DESIRED]
  return text === undefined ? undefined : Number(text)
}

export function maxReplicas(set: ReplicaSet): number | undefined {
  const text = set.metadata.annotations?.[MAX]
  return text === undefined ? undefined : Number(text)
}
