/** The type of a value on the wire. `struct` and the element types are resolved lazily. */
export type TypeRef =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'struct'; readonly type: TypeSchema }
  | { readonly kind: 'list'; readonly of: TypeRef }
  | { readonly kind: 'map'; readonly of: TypeRef }

export type ScalarKind =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'float64'
  | 'bytes'
  | 'quantity'
  | 'time'
  | 'microtime'
  | 'duration'
  | 'intOrString'
  | 'any'

export interface FieldSchema {
  /** As in JSON. */
  readonly name: string
  readonly type: TypeRef
  readonly required: boolean
  /** Field number in the protobuf message; undefined when the field has no protobuf form. */
  readonly tag: number | undefined
  readonly patchStrategy: readonly ('merge' | 'replace' | 'retainKeys')[]
  readonly patchMergeKey: string | undefined
  /** For lists; `atomic` also for maps and structs that are owned as a whole. */
  readonly listType: 'atomic' | 'set' | 'map' | undefined
  readonly listMapKeys: readonly string[]
  readonly default: unknown
}

export interface TypeSchema {
  /** io.k8s.api.core.v1.Pod */
  readonly name: string
  /** Keyed by JSON name; fields of embedded structs are in it. */
  readonly fields: ReadonlyMap<string, FieldSchema>
}

export interface Schema {
  /** The type of a kind; `group` is "" for the core group. DeleteOptions and Status belong to every group. */
  typeOf(group: string, version: string, kind: string): TypeSchema | undefined
}

/** What is known of the served kinds' types. Cheap to call again. */
export function loadSchema(): Schema {
  return { typeOf: () => undefined }
}
