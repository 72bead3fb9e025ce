import type { CustomResource } from '../registry/definition.ts'
import { customSchema, TEXT } from './openapi-custom.ts'
import type { FieldSchema, ScalarKind, TypeRef, TypeSchema } from './schema.ts'

export type Json = Readonly<Record<string, unknown>>

/** Texts by short type name ("core/v1.Pod") and field; the type's own text has the key "". */
export type Descriptions = Readonly<Record<string, Readonly<Record<string, string>>>>

/** What differs between OpenAPI 2 and 3: where schemas are, and what may stand beside a reference. */
export type Dialect = 2 | 3

export interface Kind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity'
const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString'

const INLINE: Partial<Record<ScalarKind, Json>> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  float64: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
}

/** Scalars that have a schema of their own. */
const NAMED: Partial<Record<ScalarKind, { name: string; schema: (dialect: Dialect) => Json }>> = {
  quantity: {
    name: QUANTITY,
    schema: (dialect) =>
      dialect === 2 ? { type: 'string' } : { oneOf: [{ type: 'string' }, { type: 'number' }] },
  },
  intOrString: {
    name: INT_OR_STRING,
    schema: (dialect) =>
      dialect === 2
        ? { type: 'string', format: 'int-or-string' }
        : { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  },
  time: { name: `${META}.Time`, schema: () => ({ type: 'string', format: 'date-time' }) },
  microtime: { name: `${META}.MicroTime`, schema: () => ({ type: 'string', format: 'date-time' }) },
  duration: { name: `${META}.Duration`, schema: () => ({ type: 'string' }) },
  any: { name: 'io.k8s.apimachinery.pkg.runtime.RawExtension', schema: () => ({ type: 'object' }) },
  json: { name: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON', schema: () => ({}) },
}

/** The schemas of some types and of all they are made of, by name. */
export class SchemaCollector {
  readonly #dialect: Dialect
  readonly #descriptions: Descriptions
  readonly #schemas = new Map<string, Json>()

  constructor(dialect: Dialect, descriptions: Descriptions) {
    this.#dialect = dialect
    this.#descriptions = descriptions
  }

  /** Adds a kind's type. */
  addKind(type: TypeSchema, kind: Kind): void {
    this.#addType(type)
    const schema = this.#schemas.get(type.name)
    const known = (schema?.['x-kubernetes-group-version-kind'] ?? []) as Kind[]
    const kinds = [...known, { group: kind.group, kind: kind.kind, version: kind.version }]
    this.#schemas.set(type.name, { ...schema, 'x-kubernetes-group-version-kind': kinds })
  }

  /** Adds a custom resource and its list, as apiextensions-apiserver's controller/openapi/builder. */
  addCustomKind({ type, schema, listKind }: CustomResource, kind: Kind): void {
    const metadata = type.fields.get('metadata')?.type
    if (metadata?.kind === 'struct') this.#addType(metadata.type)
    const reference = metadata?.kind === 'struct' ? this.#reference(metadata.type.name) : {}
    const publish = (name: string, body: Json, of: Kind) =>
      this.#schemas.set(name, { ...body, 'x-kubernetes-group-version-kind': [of] })
    publish(type.name, customSchema(schema, reference, this.#dialect), kind)
    const list = { type: 'array', items: this.#reference(type.name) }
    const properties = { apiVersion: TEXT, items: list, kind: TEXT, metadata: {} }
    const listName = `${type.name.slice(0, type.name.lastIndexOf('.'))}.${listKind}`
    publish(listName, { type: 'object', required: ['items'], properties }, { ...kind, kind: listKind })
  }

  sorted(): Readonly<Record<string, Json>> {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  #addType(type: TypeSchema): void {
    if (this.#schemas.has(type.name)) return
    this.#schemas.set(type.name, {})
    const texts = this.#descriptions[shortName(type)] ?? {}
    const fields = [...type.fields.values()]
    const required = fields.filter((field) => field.required).map(({ name }) => name)
    this.#schemas.set(type.name, {
      ...(texts[''] ? { description: texts[''] } : {}),
      type: 'object',
      ...(required.length ? { required } : {}),
      properties: Object.fromEntries(
        fields.map((field) => [field.name, this.#property(field, texts[field.name])]),
      ),
      ...(type.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    })
  }

  #property(field: FieldSchema, description: string | undefined): Json {
    const extras = {
      ...(description ? { description } : {}),
      ...(field.default === undefined ? {} : { default: field.default }),
      ...extensionsOf(field),
    }
    const schema = this.#schemaOf(field.type)
    const bare = !('$ref' in schema) || this.#dialect === 2 || Object.keys(extras).length === 0
    return bare ? { ...schema, ...extras } : { allOf: [schema], ...extras }
  }

  #schemaOf(ref: TypeRef): Json {
    switch (ref.kind) {
      case 'list':
        return { type: 'array', items: this.#schemaOf(ref.of) }
      case 'map':
        return { type: 'object', additionalProperties: this.#schemaOf(ref.of) }
      case 'struct':
        this.#addType(ref.type)
        return this.#reference(ref.type.name)
      default:
        return INLINE[ref.kind] ?? this.#named(ref.kind)
    }
  }

  #named(kind: ScalarKind): Json {
    const named = NAMED[kind]
    if (!named) return {}
    if (!this.#schemas.has(named.name)) this.#schemas.set(named.name, named.schema(this.#dialect))
    return this.#reference(named.name)
  }

  #reference(name: string): Json {
    return { $ref: `${this.#dialect === 2 ? '#/definitions' : '#/components/schemas'}/${name}` }
  }
}

/** The key that facts and descriptions have for a type: io.k8s.api.core.v1.Pod is core/v1.Pod. */
function shortName(type: TypeSchema): string {
  const [group = '', version = '', kind = ''] = type.name.split('.').slice(-3)
  return `${group}/${version}.${kind}`
}

function extensionsOf(field: FieldSchema): Json {
  const list = field.type.kind === 'list'
  return {
    ...(list && field.listType ? { 'x-kubernetes-list-type': field.listType } : {}),
    ...(list && field.listMapKeys.length ? { 'x-kubernetes-list-map-keys': field.listMapKeys } : {}),
    ...(field.mapType ? { 'x-kubernetes-map-type': field.mapType } : {}),
    ...(field.patchMergeKey ? { 'x-kubernetes-patch-merge-key': field.patchMergeKey } : {}),
    ...(field.patchStrategy.length ? { 'x-kubernetes-patch-strategy': field.patchStrategy.join(',') } : {}),
  }
}
