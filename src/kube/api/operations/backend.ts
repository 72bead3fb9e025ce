import { ApiError, type Key } from '../../client.ts'
import type { KubeObject } from '../../objects.ts'
import type { RegistryContext, ResourceDefinition } from '../../registry/definition.ts'
import type { Schema, TypeSchema } from '../../schema/schema.ts'
import type { ResourceType } from '../../resources.ts'
import { notFound } from '../refusals.ts'
import type { Store } from '../store/store.ts'
import { Kinds } from './kinds.ts'

/** What every operation works on: the stored objects, and what is known of their kinds. */
export interface Backend {
  readonly store: Store
  readonly schema: Schema
  readonly context: RegistryContext
  readonly kinds: Kinds
  readonly now: () => Date
}

export interface BackendOptions {
  readonly registry: readonly ResourceDefinition[]
  readonly schema: Schema
  readonly store: Store
  readonly now: () => Date
}

export function createBackend({ registry, schema, store, now }: BackendOptions): Backend {
  const context: RegistryContext = {
    now,
    list: <O extends KubeObject>(type: ResourceType<O>, options: { namespace?: string } = {}) =>
      store.list(type, options.namespace) as readonly O[],
  }
  return { store, schema, context, kinds: new Kinds(registry), now }
}

/** @throws ApiError 404 when the registry has no such kind. */
export function definitionOf(backend: Backend, type: ResourceType): ResourceDefinition {
  const definition = backend.kinds.find(type)
  if (definition) return definition
  throw new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'the server could not find the requested resource',
    reason: 'NotFound',
    details: {},
    code: 404,
  })
}

type Kind = Pick<ResourceType, 'group' | 'version' | 'kind'> & Pick<ResourceDefinition, 'custom'>

export function typeSchema(
  { schema }: Backend,
  { custom, group, version, kind }: Kind,
): TypeSchema | undefined {
  return custom?.type ?? schema.typeOf(group, version, kind)
}

/** "v1", "apps/v1" */
export function apiVersionOf({ group, version }: Pick<ResourceType, 'group' | 'version'>): string {
  return group ? `${group}/${version}` : version
}

/** The object in the version that the definition is of: the store has custom resources in one of theirs. */
export function inVersion<T extends KubeObject>(definition: ResourceDefinition, object: T): T {
  if (!definition.custom || definition.custom.storageVersion === definition.version) return object
  return { ...object, apiVersion: apiVersionOf(definition) }
}

/** @throws ApiError 404 */
export function existing({ store }: Backend, definition: ResourceDefinition, key: Key): KubeObject {
  const object = store.get(definition, definition.namespaced ? key : { name: key.name })
  if (!object) throw notFound(definition, key.name)
  return object
}

/** Who writes, and how. */
export interface WriteOptions {
  /** For metadata.managedFields. */
  readonly manager: string
  /** Go through all of it, but store nothing. */
  readonly dryRun?: boolean
  readonly subresource?: string
}
