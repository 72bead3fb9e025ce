import type { Key } from '../../client.ts'
import type { KubeObject, Namespace, ObjectMeta } from '../../objects.ts'
import type { FieldError, ResourceDefinition } from '../../registry/definition.ts'
import { NAMESPACES } from '../../resources.ts'
import { trackUpdate } from '../../schema/managed-fields.ts'
import { badRequest, conflict, invalid } from '../refusals.ts'
import { sameJson } from '../store/json.ts'
import { existing, typeSchema, type Backend, type WriteOptions } from './backend.ts'
import { adopt, carriedMetadata, ordered } from './metadata.ts'

export interface UpdateOptions extends WriteOptions {
  /** The object's managedFields are right already: it comes from server-side apply. */
  readonly managed?: boolean
}

const STALE = 'the object has been modified; please apply your changes to the latest version and try again'

/**
 * Replaces an object, or the part of it that a subresource is. An update that changes nothing is not stored.
 * @throws ApiError 400, 404, 409, 422
 */
export function updateObject(
  backend: Backend,
  definition: ResourceDefinition,
  key: Key,
  object: KubeObject,
  options: UpdateOptions,
): KubeObject {
  const current = existing(backend, definition, key)
  const given = adopt(definition, object, key.namespace, current)
  checkIdentity(definition, given.metadata, current.metadata ?? {}, key)
  const metadata = carriedMetadata(given.metadata, current.metadata ?? {})
  const prepared = prepare(backend, definition, { ...given, metadata }, current, options.subresource)
  const errors = [
    ...definition.validate(prepared, backend.context),
    ...definition.validateUpdate(prepared, current, backend.context, options.subresource),
    ...finalizerErrors(prepared.metadata ?? {}, current.metadata ?? {}),
  ]
  if (errors.length > 0) throw invalid(definition, key.name, errors)
  const tracked = options.managed ? prepared : track(backend, definition, current, prepared, options)
  if (sameJson(tracked, current)) return current
  if (options.dryRun) return tracked
  return isFinished(tracked)
    ? backend.store.remove(definition, tracked)
    : backend.store.put(definition, tracked)
}

function prepare(
  backend: Backend,
  definition: ResourceDefinition,
  object: KubeObject,
  current: KubeObject,
  subresource: string | undefined,
): KubeObject {
  if (subresource === 'finalize') {
    // A namespace's finalize takes spec.finalizers and nothing else (registry/core/namespace/strategy.go).
    return ordered(backend, definition, { ...current, spec: (object as Namespace).spec } as KubeObject)
  }
  return ordered(
    backend,
    definition,
    definition.prepareForUpdate(object, current, backend.context, subresource),
  )
}

function checkIdentity(
  definition: ResourceDefinition,
  given: ObjectMeta,
  current: ObjectMeta,
  { name }: Key,
): void {
  if (given.name && given.name !== name) {
    throw badRequest(`the name of the object (${given.name}) does not match the name on the URL (${name})`)
  }
  if (given.uid && given.uid !== current.uid) {
    const why = `Precondition failed: UID in precondition: ${given.uid}, UID in object meta: ${current.uid}`
    throw conflict(definition, name, why)
  }
  if (given.resourceVersion && given.resourceVersion !== current.resourceVersion) {
    throw conflict(definition, name, STALE)
  }
  if (!given.resourceVersion && definition.custom) {
    const message = 'Invalid value: 0: must be specified for an update'
    const field = 'metadata.resourceVersion'
    throw invalid({ ...definition, kind: definition.plural }, name, [
      { reason: 'FieldValueInvalid', field, message },
    ])
  }
}

function finalizerErrors(after: ObjectMeta, before: ObjectMeta): FieldError[] {
  if (!before.deletionTimestamp) return []
  const added = (after.finalizers ?? []).filter((one) => !before.finalizers?.includes(one))
  if (added.length === 0) return []
  const list = added.map((one) => JSON.stringify(one)).join(', ')
  const message = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`
  return [{ reason: 'FieldValueForbidden', field: 'metadata.finalizers', message }]
}

function track(
  backend: Backend,
  definition: ResourceDefinition,
  current: KubeObject,
  after: KubeObject,
  { manager, subresource }: UpdateOptions,
): KubeObject {
  const unowned = { ...after, metadata: { ...after.metadata, managedFields: undefined } }
  const before = { ...current, metadata: { ...current.metadata, managedFields: undefined } }
  if (sameJson(unowned, before)) return current
  const type = typeSchema(backend, definition)
  if (!type) return after
  return trackUpdate(type, current, after, { manager, subresource, now: backend.now() })
}

/** Whether an object that is being deleted has nothing left to wait for. */
export function isFinished(object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata ?? {}
  if (!deletionTimestamp || deletionGracePeriodSeconds > 0 || finalizers.length > 0) return false
  return object.kind !== NAMESPACES.kind || ((object as Namespace).spec?.finalizers ?? []).length === 0
}
