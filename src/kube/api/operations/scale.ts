import type { Key } from '../../client.ts'
import type { Deployment, KubeObject } from '../../objects.ts'
import { parseJsonPath } from '../../custom/json-path.ts'
import type { ResourceDefinition, ScalePaths } from '../../registry/definition.ts'
import { badRequest, conflict, internalError, invalid } from '../refusals.ts'
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

/** The scale subresource of a deployment or anything else with spec.replicas, or what a custom resource has in its place. */
export function scaleOf({ custom }: ResourceDefinition, object: KubeObject): Scale {
  const { metadata, spec, status } = object as Scalable
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata
  const counted = custom?.scale
    ? countedBy(custom.scale, object)
    : { wanted: spec?.replicas, found: status?.replicas, selector: selectorText(spec?.selector) }
  return {
    kind: SCALE.kind,
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: counted.wanted ?? 0 },
    status: { replicas: counted.found ?? 0, ...(counted.selector ? { selector: counted.selector } : {}) },
  }
}

function countedBy(paths: ScalePaths, object: KubeObject) {
  const read = (path = '') => parseJsonPath(path)?.(object)[0]
  const wanted = read(paths.specReplicasPath) as number | undefined
  if (wanted === undefined) {
    const why = `the spec replicas field ${JSON.stringify(paths.specReplicasPath)} does not exist`
    throw internalError(`Internal error occurred: ${why}`, 'InternalError')
  }
  const found = read(paths.statusReplicasPath) as number | undefined
  const selector = paths.labelSelectorPath && (read(paths.labelSelectorPath) as string | undefined)
  return { wanted, found, selector }
}

/**
 * Sets how many replicas are wanted.
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
  const path = definition.custom?.scale?.specReplicasPath ?? '.spec.replicas'
  const scaled = withValueAt(current, path.split('.').slice(1), replicas) as KubeObject
  const after = updateObject(backend, definition, key, scaled, { ...options, subresource: 'scale' })
  return scaleOf(definition, after)
}

function withValueAt(object: unknown, [step, ...rest]: readonly string[], value: unknown): unknown {
  if (step === undefined) return value
  const fields = object as Readonly<Record<string, unknown>> | undefined
  return { ...fields, [step]: withValueAt(fields?.[step], rest, value) }
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
