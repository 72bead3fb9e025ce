import facts from './facts.json' with { type: 'json' }

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
  /** An object of another type. */
  | 'any'
  /** Any JSON at all. */
  | 'json'

/** A list's elements are told apart by nothing (`atomic`), their value (`set`) or the fields named in `keys` (`map`). */
export interface ListRef {
  readonly kind: 'list'
  readonly of: TypeRef
  readonly owned: 'atomic' | 'set' | 'map'
  readonly keys: readonly string[]
}

/**
 * The type of a value on the wire. `atomic`: changed and owned as a whole, as a scalar is. `free`: nothing is known, so
 * there may also be something else than a map.
 */
export type TypeRef =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'struct'; readonly type: TypeSchema; readonly atomic: boolean }
  | { readonly kind: 'map'; readonly of: TypeRef; readonly atomic: boolean; readonly free?: true }
  | ListRef

export interface FieldSchema {
  /** As in JSON. */
  readonly name: string
  readonly type: TypeRef
  readonly required: boolean
  /** Field number in the protobuf message; undefined when the field has no protobuf form. */
  readonly tag: number | undefined
  readonly patchStrategy: readonly ('merge' | 'replace' | 'retainKeys')[]
  readonly patchMergeKey: string | undefined
  /** What the API's own schema says of a list, as x-kubernetes-list-type; see also {@link ListRef}. */
  readonly listType: 'atomic' | 'set' | 'map' | undefined
  readonly listMapKeys: readonly string[]
  /** As x-kubernetes-map-type, for maps and structs. */
  readonly mapType: 'atomic' | 'granular' | undefined
  readonly default: unknown
  /** Upstream writes the field to JSON even when nobody set it: as its zero value, or null for a `pointer`. */
  readonly keep: boolean
  readonly pointer: boolean
  /** A custom resource's field that may be null, which is not the same as absent. */
  readonly nullable?: boolean
}

/** A part of a type: in JSON its fields are among the type's own, in protobuf it is a message of its own. */
export interface EmbeddedType {
  readonly type: TypeSchema
  readonly tag: number | undefined
}

export interface TypeSchema {
  /** io.k8s.api.core.v1.Pod */
  readonly name: string
  /** Keyed by JSON name, in upstream's order; fields of embedded structs are in it. */
  readonly fields: ReadonlyMap<string, FieldSchema>
  /** As `fields`, without those of embedded structs. */
  readonly ownFields: readonly FieldSchema[]
  readonly embedded: readonly EmbeddedType[]
  readonly atomic: boolean
  /** Part of a custom resource: there is no Go type behind it, so that a wrong value is read, and then found invalid. */
  readonly custom?: true
  /** Of fields that it does not name, when they are kept (x-kubernetes-preserve-unknown-fields). */
  readonly rest?: TypeRef
}

export interface Schema {
  /** The type of a kind; `group` is "" for the core group. DeleteOptions, Status and List belong to every group. */
  typeOf(group: string, version: string, kind: string): TypeSchema | undefined
}

/**
 * What is known of the served kinds' types: facts.json, made by .config/schema-facts.mjs from the API's Go types.
 * Each type is read when first asked for. The facts never change, so all callers share one reading of them.
 */
export function loadSchema(): Schema {
  return (loaded ??= readSchema(facts))
}

let loaded: Schema | undefined

function readSchema(facts: Readonly<Record<string, readonly string[]>>): Schema {
  const types = new Map<string, TypeSchema>()
  const typeNamed = (name: string): TypeSchema => {
    let type = types.get(name)
    if (!type) types.set(name, (type = lazyType(name, facts[name] ?? [], typeNamed)))
    return type
  }
  return {
    typeOf(group, version, kind) {
      const home = group === '' ? 'core' : (group.split('.')[0] ?? group)
      const name = [`${home}/${version}.${kind}`, `meta/v1.${kind}`].find((name) => name in facts)
      return name === undefined ? undefined : typeNamed(name)
    },
  }
}

/** Types refer to each other, and to themselves, so fields are read when first looked at. */
function lazyType(
  name: string,
  lines: readonly string[],
  typeNamed: (name: string) => TypeSchema,
): TypeSchema {
  let read: Pick<TypeSchema, 'fields' | 'ownFields' | 'embedded'> | undefined
  const parts = () => (read ??= readFields(lines, typeNamed))
  return {
    name: fullName(name),
    atomic: lines[0] === '@atomic',
    get fields() {
      return parts().fields
    },
    get ownFields() {
      return parts().ownFields
    },
    get embedded() {
      return parts().embedded
    },
  }
}

function fullName(name: string): string {
  const dotted = name.replace('/', '.')
  const [group = ''] = dotted.split('.')
  return `${HOMES[group] ?? 'io.k8s.api'}.${dotted}`
}

/** Packages of groups that are not in k8s.io/api. */
const HOMES: Readonly<Record<string, string>> = {
  meta: 'io.k8s.apimachinery.pkg.apis',
  apiextensions: 'io.k8s.apiextensions-apiserver.pkg.apis',
}

function readFields(
  lines: readonly string[],
  typeNamed: (name: string) => TypeSchema,
): Pick<TypeSchema, 'fields' | 'ownFields' | 'embedded'> {
  const fields = new Map<string, FieldSchema>()
  const ownFields: FieldSchema[] = []
  const embedded: EmbeddedType[] = []
  for (const line of lines) {
    if (line.startsWith('@')) continue
    const [name = '', type = '', tag] = line.split(' ')
    if (name === '-') {
      const part = typeNamed(type)
      embedded.push({ type: part, tag: tag === undefined ? undefined : Number(tag) })
      for (const field of part.fields.values()) fields.set(field.name, field)
    } else {
      const field = readField(line, typeNamed)
      ownFields.push(field)
      fields.set(name, field)
    }
  }
  return { fields, ownFields, embedded }
}

function readField(line: string, typeNamed: (name: string) => TypeSchema): FieldSchema {
  const [name = '', type = '', ...rest] = line.split(' ')
  const words = new Map(rest.map((word) => wordOf(word)))
  const fallback = words.get('default')
  const field = {
    name,
    tag: words.has('tag') ? Number(words.get('tag')) : undefined,
    required: words.has('required'),
    keep: words.has('keep'),
    pointer: words.has('pointer'),
    patchStrategy: (words.get('strategy')?.split(',') ?? []) as FieldSchema['patchStrategy'],
    patchMergeKey: words.get('mergeKey'),
    listType: words.get('list') as FieldSchema['listType'],
    listMapKeys: words.get('keys')?.split(',') ?? [],
    mapType: (words.get('map') ?? words.get('struct')) as FieldSchema['mapType'],
    default: fallback === undefined ? undefined : (JSON.parse(fallback) as unknown),
  }
  return { ...field, type: readRef(type, field, typeNamed) }
}

/** `keys=port,protocol`, `required`, or a number, which is the tag. */
function wordOf(word: string): [string, string] {
  const at = word.indexOf('=')
  if (at > 0) return [word.slice(0, at), word.slice(at + 1)]
  return /^\d/.test(word) ? ['tag', word] : [word, '']
}

type Markers = Pick<FieldSchema, 'patchStrategy' | 'patchMergeKey' | 'listType' | 'listMapKeys' | 'mapType'>
const NO_MARKERS: Markers = {
  patchStrategy: [],
  patchMergeKey: undefined,
  listType: undefined,
  listMapKeys: [],
  mapType: undefined,
}

function readRef(type: string, field: Markers, typeNamed: (name: string) => TypeSchema): TypeRef {
  if (type.startsWith('[]')) {
    return { kind: 'list', of: readRef(type.slice(2), NO_MARKERS, typeNamed), ...listOwnership(field) }
  }
  if (type.startsWith('{}')) {
    const of = readRef(type.slice(2), NO_MARKERS, typeNamed)
    return { kind: 'map', of, atomic: field.mapType === 'atomic' }
  }
  if (!type.includes('.')) return { kind: type as ScalarKind }
  const named = typeNamed(type)
  return {
    kind: 'struct',
    type: named,
    atomic: (named.atomic || field.mapType === 'atomic') && field.mapType !== 'granular',
  }
}

/** A list without a list type is what its patch strategy makes it (kube-openapi, pkg/schemaconv). */
function listOwnership(field: Markers): Pick<ListRef, 'owned' | 'keys'> {
  if (field.listType) return { owned: field.listType, keys: field.listMapKeys }
  if (!field.patchStrategy.includes('merge')) return { owned: 'atomic', keys: [] }
  return field.patchMergeKey === undefined
    ? { owned: 'set', keys: [] }
    : { owned: 'map', keys: [field.patchMergeKey] }
}
