import type { Key } from '../../client.ts'
import type { KubeObject, Pod } from '../../objects.ts'
import type { ResourceDefinition } from '../../registry/definition.ts'
import { timestamp } from '../../timestamp.ts'
import { conflict, invalid } from '../refusals.ts'
import { existing, type Backend, type WriteOptions } from './backend.ts'
import { updateObject } from './update.ts'

/** v1 Binding: to which node a scheduler gives a pod. */
export interface Binding extends KubeObject {
  readonly target?: { readonly kind?: string; readonly name?: string }
}

/**
 * Assigns a pod to a node, as registry/core/pod/storage/storage.go BindingREST.
 * @returns the pod
 * @throws ApiError 404, 409 (assigned or being deleted), 422
 */
export function bindPod(
  backend: Backend,
  definition: ResourceDefinition,
  key: Key,
  binding: Binding,
  options: WriteOptions,
): KubeObject {
  const node = binding.target?.name
  if (!node) {
    const errors = [{ reason: 'FieldValueRequired', field: 'target.name', message: 'Required value' }]
    throw invalid({ ...definition, kind: 'Binding' }, key.name, errors)
  }
  const pod = existing(backend, definition, key) as Pod
  const about = { ...definition, plural: 'pods/binding' }
  if (pod.metadata.deletionTimestamp) {
    throw conflict(about, key.name, `pod ${key.name} is being deleted, cannot be assigned to a host`)
  }
  if (pod.spec?.nodeName) {
    throw conflict(about, key.name, `pod ${key.name} is already assigned to node "${pod.spec.nodeName}"`)
  }
  const annotations = { ...pod.metadata.annotations, ...binding.metadata?.annotations }
  const bound = {
    ...pod,
    metadata: { ...pod.metadata, annotations },
    spec: { ...pod.spec, nodeName: node },
    status: { ...pod.status, conditions: scheduled(pod, timestamp(backend.now())) },
  }
  return updateObject(backend, definition, key, bound, { ...options, subresource: 'binding' })
}

type Conditions = NonNullable<NonNullable<Pod['status']>['conditions']>

function scheduled({ status }: Pod, now: string): Conditions {
  const others = (status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled')
  return [...others, { type: 'PodScheduled', status: 'True', lastTransitionTime: now }]
}
