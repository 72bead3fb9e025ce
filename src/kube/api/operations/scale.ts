import type { Key } from '../../client.ts'
import type { Deployment, KubeObject } from '../../objects.ts'
import type { ResourceDefinition } from '../../registry/definition.ts'
import { badRequest, conflict, invalid } from '../refusals.ts'
import type { Backend, WriteOptions } from './backend.ts'
import { existing } from './backend.ts'
import { updateObject } from './update.ts'

/** autoscaling/v1 Scale */
export interface Scale extends KubeObject {
  readonly spec?: { readonly replicas?: number }
  readonly status?: { readonly replicas: number; readonly selector?: string }
}

export const SCALE = {
  group: 'autoscaling',
  version: 'v1',
  plural: 'scales',
  kind: 'Scale',
  namespaced: true,
}

type Scalable = Pick<Deployment, 'metadata' | 'spec' | 'status'>

/** The scale subresource of a deployment or anything else with spec.replicas. */
export function scaleOf(object: KubeObject): Scale {
  const { metadata, spec, status } = object as Scalable
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata
  const selector = selectorText(spec?.selector)
  return {
    kind: SCALE.kind,
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec?.replicas ?? 0 },
    status: { replicas: status?.replicas ?? 0, ...(selector ? { selector } : {}) },
  }
}

/**
 * Sets spec.replicas.
 * @throws ApiError 400, 404, 409, 422
 */
export function updateScale(
  backend: Backend,
  definition: ResourceDefinition,
  key: Key,
  scale: Scale,
  options: WriteOptions,
): Scale {
  if (scale.kind && scale.kind !== SCALE.kind) {
    throw badRequest(`expected input object type to be Scale, but ${scale.kind}`)
  }
  const current = existing(backend, definition, key)
  const { resourceVersion } = scale.metadata ?? {}
  if (resourceVersion && resourceVersion !== current.metadata?.resourceVersion) {
    const why = 'the object has been modified; please apply your changes to the latest version and try again'
    throw conflict(definition, key.name, why)
  }
  const replicas = scale.spec?.replicas ?? 0
  if (replicas < 0) {
    const message = `Invalid value: ${replicas}: must be greater than or equal to 0`
    throw invalid(SCALE, key.name, [{ reason: 'FieldValueInvalid', field: 'spec.replicas', message }])
  }
  const scaled = { ...current, spec: { ...(current as Scalable).spec, replicas } } as KubeObject
  return scaleOf(updateObject(backend, definition, key, scaled, { ...options, subresource: 'scale' }))
}

type LabelSelector = NonNullable<Deployment['spec']>['selector']

/** A label selector as text, as metav1.FormatLabelSelector. */
function selectorText(selector: LabelSelector | undefined): string {
  const equal = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`)
  const expressions = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key
    if (operator === 'DoesNotExist') return `!${key}`
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.toSorted().join(',')})`
  })
  return [...equal, ...expressions].sort().join(',')
}
