import type { ListOptions } from '../client.ts'
import type { KubeObject } from '../objects.ts'
import type { ResourceType } from '../resources.ts'
import type { JsonSchema } from '../custom/json-schema.ts'
import type { TypeSchema } from '../schema/schema.ts'

/** A column of the Table that kubectl prints: metav1.TableColumnDefinition, and how to fill a cell. */
export interface Column<T> {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'date' | 'boolean'
  /** "name" for the first column, else "". */
  readonly format: string
  readonly description: string
  /** 0 always shown, 1 only with -o wide. */
  readonly priority: number
  cell(object: T, now: Date): string | number | boolean | null
}

/** One cause of a 422 Invalid: field path, reason and message as apimachinery's field.Error prints them. */
export interface FieldError {
  /** "FieldValueRequired", "FieldValueInvalid", "FieldValueNotSupported", "FieldValueDuplicate", "FieldValueForbidden", … */
  readonly reason: string
  /** spec.ports[0].port */
  readonly field: string
  /** 'Invalid value: 0: must be between 1 and 65535, inclusive' */
  readonly message: string
}

/** What a definition may know of the rest of the store. */
export interface RegistryContext {
  now(): Date
  /** Objects of another (or the same) kind, synchronously. */
  list<O extends KubeObject>(type: ResourceType<O>, options?: Pick<ListOptions, 'namespace'>): readonly O[]
}

/**
 * Everything the API server needs to serve one kind. A new kind is one small file that exports one of these, and a line
 * in registry.ts. All functions are pure; the objects they are given must not be changed.
 */
export interface ResourceDefinition<T extends KubeObject = KubeObject> extends ResourceType<T> {
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly verbs: readonly string[]
  readonly subresources: readonly (
    | 'status'
    | 'scale'
    | 'binding'
    | 'exec'
    | 'attach'
    | 'log'
    | 'portforward'
    | 'eviction'
    | 'token'
  )[]
  readonly columns: readonly Column<T>[]
  /** Defaults and server-set fields (ClusterIP, generation, initial status). metadata's own fields are the server's. */
  prepareForCreate(object: T, context: RegistryContext): T
  /** Defaults; carries over what this (sub)resource may not change (status on a spec update and the reverse); bumps generation. */
  prepareForUpdate(object: T, current: T, context: RegistryContext, subresource?: string): T
  validate(object: T, context: RegistryContext): FieldError[]
  /** What `validate` can't see: fields that may not change (except through the subresource that is for it). */
  validateUpdate(object: T, current: T, context: RegistryContext, subresource?: string): FieldError[]
  /**
   * Paths of fields, besides the status, that prepareForCreate fills where the client gave nothing and that are then
   * nobody's in metadata.managedFields: ['spec', 'clusterIP'], ['spec', 'ports', '*', 'nodePort'].
   */
  readonly assigned?: readonly (readonly string[])[]
  /** Values for field selectors besides metadata.name and metadata.namespace: spec.nodeName, status.phase, … */
  selectableFields?(object: T): Readonly<Record<string, string>>
  /** Seconds the object stays, with a deletionTimestamp, before it goes; undefined removes it at once. Pods on a node only. */
  gracePeriod?(object: T): number | undefined
  /** What else changes when the object is marked for deletion, as it has to wait for something. */
  whenDeleted?(object: T, context: RegistryContext): T
  /** Of custom resources only. */
  readonly custom?: CustomResource
}

/** What only custom resources have: they come from a CustomResourceDefinition at run time. */
export interface CustomResource {
  /** Other kinds' types are in schema/. */
  readonly type: TypeSchema
  /** What the type was made from. */
  readonly schema: JsonSchema
  /** In which version objects are stored; the others differ in apiVersion alone. */
  readonly storageVersion: string
  readonly listKind: string
  /** Its definition is being deleted: there is nothing new. */
  readonly terminating: boolean
  readonly scale?: ScalePaths
}

/** Where the scale subresource finds what it shows: `.spec.replicas`. */
export interface ScalePaths {
  readonly specReplicasPath: string
  readonly statusReplicasPath: string
  readonly labelSelectorPath?: string
}
