import type { KubeObject } from '../../objects.ts'
import type { ResourceDefinition } from '../../registry/definition.ts'
import { NAMESPACES } from '../../resources.ts'
import { trackUpdate } from '../../schema/managed-fields.ts'
import { alreadyExists, forbidden, internalError, invalid, notFound } from '../refusals.ts'
import { withoutAssigned } from './assigned.ts'
import { typeSchema, type Backend, type WriteOptions } from './backend.ts'
import { adopt, newMetadata, ordered } from './metadata.ts'

export interface CreateOptions extends WriteOptions {
  /** The object's managedFields are right already: it comes from server-side apply. */
  readonly managed?: boolean
}

/**
 * Makes a new object of what a client sent.
 * @throws ApiError 400, 403, 404 (no such namespace), 409, 422
 */
export function createObject(
  backend: Backend,
  definition: ResourceDefinition,
  namespace: string | undefined,
  object: KubeObject,
  options: CreateOptions,
): KubeObject {
  const given = adopt(definition, object, namespace)
  if (given.metadata.resourceVersion) {
    throw internalError('resourceVersion should not be set on objects to be created')
  }
  const now = backend.now()
  const isTaken = (name: string) =>
    backend.store.get(definition, { namespace: given.metadata.namespace, name }) !== undefined
  const named = { ...given, metadata: newMetadata(given.metadata, now, isTaken) }
  const { name = '' } = named.metadata
  if (definition.namespaced) admitNamespace(backend, definition, namespace ?? '', name)
  if (definition.custom?.terminating) throw forbidden(definition, name, TERMINATING)
  const prepared = ordered(backend, definition, definition.prepareForCreate(named, backend.context))
  const errors = definition.validate(prepared, backend.context)
  if (errors.length > 0) throw invalid(definition, name, errors)
  if (isTaken(name)) throw alreadyExists(definition, name)
  const tracked = options.managed ? prepared : track(backend, definition, given, prepared, options.manager)
  return options.dryRun ? tracked : backend.store.put(definition, tracked)
}

const TERMINATING = 'create not allowed while custom resource definition is terminating'

function track(
  backend: Backend,
  definition: ResourceDefinition,
  given: KubeObject,
  prepared: KubeObject,
  manager: string,
): KubeObject {
  const type = typeSchema(backend, definition)
  if (!type) return prepared
  const owned = withoutAssigned(definition, given, prepared)
  const { metadata } = trackUpdate(type, undefined, owned, { manager, now: backend.now() })
  return { ...prepared, metadata }
}

/** As the NamespaceLifecycle admission plugin: nothing new in a namespace that is not there or on its way out. */
function admitNamespace(
  { store }: Backend,
  definition: ResourceDefinition,
  namespace: string,
  name: string,
): void {
  const found = store.get(NAMESPACES, { name: namespace })
  if (!found) throw notFound(NAMESPACES, namespace)
  if (!found.metadata?.deletionTimestamp) return
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`
  const message = `namespace ${namespace} is being terminated`
  throw forbidden(definition, name, why, [
    { reason: 'NamespaceTerminating', message, field: 'metadata.namespace' },
  ])
}
