import type { FieldSchema, ListRef, ScalarKind, TypeRef, TypeSchema } from '../schema/schema.ts'
import type { JsonSchema } from './json-schema.ts'

/** Any JSON: what lies below x-kubernetes-preserve-unknown-fields. Objects are owned field by field, all else as a whole. */
const ANY: TypeRef & { of: TypeRef } = {
  kind: 'map',
  atomic: false,
  free: true,
  get of() {
    return ANY
  },
}

/**
 * A custom resource's type: which fields are kept, and how parts are told apart and owned. By it, all that goes by types
 * (pruning, unknown fields, patches, server-side apply) treats a custom resource as any other kind.
 * Upstream: apiextensions-apiserver's schema/pruning, kube-openapi's schemaconv.
 * @param metadata type of metadata, which a schema need not mention
 */
export function customType(name: string, schema: JsonSchema, metadata: TypeSchema): TypeSchema {
  return structOf(name, { ...schema, 'x-kubernetes-embedded-resource': true }, metadata)
}

function structOf(name: string, schema: JsonSchema, metadata: TypeSchema): TypeSchema {
  const required = new Set(schema.required)
  const own = Object.entries(schema.properties ?? {}).map(([key, inner]) =>
    fieldOf(key, inner, refOf(`${name}.${key}`, inner, metadata), required.has(key)),
  )
  const implied = schema['x-kubernetes-embedded-resource'] ? impliedFields(metadata) : []
  const all = new Map([...own, ...implied].map((field) => [field.name, field]))
  const fields = new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)))
  return {
    name,
    fields,
    ownFields: [...fields.values()],
    embedded: [],
    atomic: false,
    custom: true,
    ...(schema['x-kubernetes-preserve-unknown-fields'] ? { rest: ANY } : {}),
  }
}

/** What every object has. */
function impliedFields(metadata: TypeSchema): FieldSchema[] {
  const texts = ['apiVersion', 'kind'].map((name) => fieldOf(name, {}, { kind: 'string' }, false))
  return [...texts, fieldOf('metadata', {}, { kind: 'struct', type: metadata, atomic: false }, false)]
}

function fieldOf(name: string, schema: JsonSchema, type: TypeRef, required: boolean): FieldSchema {
  return {
    name,
    type,
    required,
    tag: undefined,
    patchStrategy: [],
    patchMergeKey: undefined,
    listType: schema['x-kubernetes-list-type'],
    listMapKeys: schema['x-kubernetes-list-map-keys'] ?? [],
    mapType: schema['x-kubernetes-map-type'],
    default: schema.default,
    // Nothing is left out for being empty: that is what Go's pointers are like.
    keep: false,
    pointer: true,
    nullable: schema.nullable ?? false,
  }
}

const SCALARS: Readonly<Record<string, ScalarKind>> = {
  string: 'string',
  boolean: 'bool',
  integer: 'int64',
  number: 'float64',
}

function refOf(name: string, schema: JsonSchema, metadata: TypeSchema): TypeRef {
  if (schema['x-kubernetes-int-or-string']) return { kind: 'intOrString' }
  const atomic = schema['x-kubernetes-map-type'] === 'atomic'
  if (schema.type === 'array') return listOf(name, schema, metadata)
  if (schema.type !== 'object') {
    const scalar = SCALARS[schema.type ?? '']
    return scalar ? { kind: scalar } : ANY
  }
  if (schema.properties || !schema.additionalProperties) {
    return { kind: 'struct', type: structOf(name, schema, metadata), atomic }
  }
  const values = schema.additionalProperties
  return { kind: 'map', of: values === true ? ANY : refOf(`${name}.*`, values, metadata), atomic }
}

function listOf(name: string, schema: JsonSchema, metadata: TypeSchema): ListRef {
  return {
    kind: 'list',
    of: schema.items ? refOf(`${name}.*`, schema.items, metadata) : ANY,
    owned: schema['x-kubernetes-list-type'] ?? 'atomic',
    keys: schema['x-kubernetes-list-map-keys'] ?? [],
  }
}
