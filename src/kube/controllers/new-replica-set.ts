import type { Deployment, ReplicaSet } from '../objects.ts'
import { safeHash, stableJson } from './names.ts'
import { ownedBy } from './owners.ts'
import { fence } from './rolling-numbers.ts'
import { revisionOf, sizeAnnotations, syncedAnnotations } from './rollout-annotations.ts'

const HASH = 'pod-template-hash'

/** The ReplicaSet of a Deployment's present template, as the one after those there are. */
export function newReplicaSet(deployment: Deployment, sets: readonly ReplicaSet[], size: number): ReplicaSet {
  const { metadata, spec } = deployment
  const hash = safeHash(spec?.template, deployment.status?.collisionCount)
  const labels = { ...spec?.template.metadata?.labels, [HASH]: hash }
  const revision = 1 + Math.max(0, ...sets.map(revisionOf))
  const replicas = spec?.replicas ?? 1
  const annotations = {
    ...syncedAnnotations(undefined, deployment, revision),
    ...sizeAnnotations(replicas, replicas + fence(deployment).maxSurge),
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${metadata.name}-${hash}`,
      ...(metadata.namespace && { namespace: metadata.namespace }),
      labels,
      annotations,
      ownerReferences: [ownedBy(deployment)],
    },
    spec: {
      replicas: size,
      ...(spec?.minReadySeconds && { minReadySeconds: spec.minReadySeconds }),
      selector: {
        ...spec?.selector,
        matchLabels: { ...spec?.selector.matchLabels, [HASH]: hash },
      },
      template: { ...spec?.template, metadata: { ...spec?.template.metadata, labels } },
    },
  }
}

/** Equal for templates that make the same pods: without the label that tells ReplicaSets' templates apart. */
export function templateText(template: unknown): string {
  const { metadata, ...rest } = (template ?? {}) as { metadata?: { labels?: Record<string, string> } }
  const { [HASH]: _, ...labels } = metadata?.labels ?? {}
  return stableJson({ ...rest, metadata: { ...metadata, labels, creationTimestamp: undefined } })
}
