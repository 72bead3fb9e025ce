import { randomUUID } from 'node:crypto'
import type { KubeObject, ObjectMeta } from '../../objects.ts'
import type { ResourceDefinition } from '../../registry/definition.ts'
import { canonical } from '../../schema/canonical.ts'
import { randomSuffix } from '../../random-name.ts'
import { timestamp } from '../../timestamp.ts'
import { badRequest } from '../refusals.ts'
import { tidyCopy } from '../store/json.ts'
import { apiVersionOf, typeSchema, type Backend } from './backend.ts'

const MAX_GENERATED_BASE = 58
/** As upstream's RetryGenerateName: then the client is told that the name exists. */
const MAX_TRIES = 8

const ORDER = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
] as const satisfies readonly (keyof ObjectMeta)[]

const isEmpty = (value: unknown) =>
  value === undefined ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value as object).length === 0)

/** Metadata in upstream's order, with nothing empty in it. */
function tidyMetadata(metadata: ObjectMeta): ObjectMeta {
  return Object.fromEntries(
    ORDER.filter((name) => !isEmpty(metadata[name])).map((name) => [name, metadata[name]]),
  )
}

/**
 * The object as it is stored: what its Go type has, in upstream's order. Of kinds without a schema only metadata is
 * put in order.
 */
export function ordered(backend: Backend, definition: ResourceDefinition, object: KubeObject): KubeObject {
  const { kind: _, apiVersion: __, metadata = {}, ...rest } = object
  const version = definition.custom?.storageVersion ?? definition.version
  const apiVersion = apiVersionOf({ ...definition, version })
  const typed: KubeObject = { kind: definition.kind, apiVersion, metadata, ...rest }
  const type = typeSchema(backend, definition)
  return type ? canonical(type, typed) : { ...typed, metadata: tidyMetadata(metadata) }
}

/**
 * A copy of a client's object that is the server's own: no nulls (but a custom resource's, some of which may stay),
 * metadata is an object, and it shares with the current object what is the same.
 * @throws ApiError 400 when its namespace is not the request's.
 */
export function adopt(
  definition: ResourceDefinition,
  object: KubeObject,
  namespace: string | undefined,
  current?: KubeObject,
): KubeObject & { metadata: ObjectMeta } {
  const copy = tidyCopy(object, current, definition.custom !== undefined)
  const metadata = { ...copy.metadata }
  const expected = definition.namespaced ? namespace : undefined
  if (metadata.namespace && metadata.namespace !== (expected ?? '')) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  if (expected) metadata.namespace = expected
  return { ...copy, metadata }
}

/** What the server decides of a new object's metadata; `isTaken` says which generated names will not do. */
export function newMetadata(metadata: ObjectMeta, now: Date, isTaken: (name: string) => boolean): ObjectMeta {
  const { deletionTimestamp: _, deletionGracePeriodSeconds: __, generation: ___, ...given } = metadata
  const name = given.name || (given.generateName ? generatedName(given.generateName, isTaken) : undefined)
  return {
    ...given,
    ...(name ? { name } : {}),
    uid: randomUUID(),
    creationTimestamp: timestamp(now),
  }
}

function generatedName(base: string, isTaken: (name: string) => boolean): string {
  for (let tries = 0; ; tries++) {
    const name = base.slice(0, MAX_GENERATED_BASE) + randomSuffix()
    if (tries === MAX_TRIES || !isTaken(name)) return name
  }
}

/** What an update may not change of an object's metadata. */
export function carriedMetadata(metadata: ObjectMeta, current: ObjectMeta): ObjectMeta {
  const { selfLink: _, ...given } = metadata
  return {
    ...given,
    name: current.name,
    namespace: current.namespace,
    generateName: current.generateName,
    uid: current.uid,
    resourceVersion: current.resourceVersion,
    generation: current.generation,
    creationTimestamp: current.creationTimestamp,
    deletionTimestamp: current.deletionTimestamp,
    deletionGracePeriodSeconds: current.deletionGracePeriodSeconds,
  }
}
