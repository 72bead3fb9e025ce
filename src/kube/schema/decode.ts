import { parseQuantity, NOT_A_QUANTITY } from '../registry/quantity.ts'
import { isObject, type JsonObject } from './path-element.ts'
import type { TypeRef, TypeSchema } from './schema.ts'

export interface FieldProblems {
  /** `unknown field "spec.foo"`, in the document's order: what strict decoding complains of. */
  readonly unknown: string[]
  /** The first value that is not of its field's type, as Go's JSON decoder says it. */
  readonly typeError?: string
}

interface Reading {
  readonly unknown: string[]
  typeError: string | undefined
}

/** Where the reading is: `struct` and `fields` as Go's errors say it (no indices), `path` as the strict ones do. */
interface Place {
  readonly path: string
  readonly struct: string
  readonly fields: string
  /** A custom resource's values are of any kind until they are validated. */
  readonly custom?: true | undefined
}

/** What upstream would find wrong on reading an object of this type from JSON. */
export function checkFields(type: TypeSchema, object: unknown): FieldProblems {
  const reading: Reading = { unknown: [], typeError: undefined }
  check(reading, { path: '', struct: '', fields: '' }, { kind: 'struct', type, atomic: false }, object)
  const { unknown, typeError } = reading
  return typeError === undefined ? { unknown } : { unknown, typeError }
}

function check(reading: Reading, place: Place, type: TypeRef, value: unknown): void {
  if (value === null || value === undefined) return
  if (type.kind === 'struct' && isObject(value)) checkStruct(reading, place, type.type, value)
  else if (type.kind === 'list' && Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      check(reading, { ...place, path: `${place.path}[${i}]` }, type.of, item)
    }
  } else if (type.kind === 'map' && isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      check(reading, { ...place, path: `${place.path}.${key}` }, type.of, item)
    }
  } else if (!place.custom) {
    reading.typeError ??= mismatch(place, type, value)
  }
}

function checkStruct(reading: Reading, place: Place, type: TypeSchema, value: JsonObject): void {
  const struct = shortName(type)
  for (const [name, inner] of Object.entries(value)) {
    const path = place.path ? `${place.path}.${name}` : name
    const known = type.fields.get(name)?.type ?? type.rest
    const { custom } = type
    if (!known) reading.unknown.push(`unknown field "${path}"`)
    else check(reading, { path, struct, fields: join(place.fields, name), custom }, known, inner)
  }
}

const join = (path: string, name: string) => (path ? `${path}.${name}` : name)
const shortName = (type: TypeSchema) => type.name.slice(type.name.lastIndexOf('.') + 1)

/** What is wrong with a value that is no struct, list or map of the expected kind; undefined if nothing is. */
function mismatch(place: Place, type: TypeRef, value: unknown): string | undefined {
  switch (type.kind) {
    case 'any':
    case 'json':
      return undefined
    case 'quantity':
      return isText(value) && parseQuantity(value) ? undefined : NOT_A_QUANTITY
    case 'bytes':
      return typeof value === 'string' ? base64Error(value) : wrongKind(place, type, value)
    case 'time':
    case 'microtime':
      return timeError(value)
    default:
      return fits(type, value) ? undefined : wrongKind(place, type, value)
  }
}

function wrongKind({ struct, fields }: Place, type: TypeRef, value: unknown): string {
  const into = fields ? `struct field ${struct}.${fields} of` : 'value of'
  return `json: cannot unmarshal ${described(value, type)} into Go ${into} type ${goType(type)}`
}

const isText = (value: unknown) => typeof value === 'string' || typeof value === 'number'

function isInteger(value: unknown, bits: 32 | 64): value is number {
  return Number.isInteger(value) && Math.abs(value as number) <= 2 ** (bits - 1)
}

function fits(type: TypeRef, value: unknown): boolean {
  switch (type.kind) {
    case 'string':
    case 'duration':
      return typeof value === 'string'
    case 'bool':
      return typeof value === 'boolean'
    case 'int32':
      return isInteger(value, 32)
    case 'int64':
      return isInteger(value, 64)
    case 'float64':
      return typeof value === 'number'
    case 'intOrString':
      return typeof value === 'string' || isInteger(value, 32)
    default:
      return false
  }
}

function timeError(value: unknown): string | undefined {
  if (typeof value !== 'string')
    return `json: cannot unmarshal ${described(value, { kind: 'time' })} into Go value of type string`
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value)) return undefined
  return `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(value)} as "2006"`
}

function base64Error(value: string): string | undefined {
  const wrong = value.search(/[^A-Za-z0-9+/=\r\n]/)
  return wrong < 0 ? undefined : `illegal base64 data at input byte ${wrong}`
}

/** The decoder's word for a value; a number is quoted when another number would have fitted. */
function described(value: unknown, type: TypeRef): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'number' && NUMBERS.has(type.kind) ? `number ${value}` : typeof value
}

const NUMBERS: ReadonlySet<string> = new Set(['int32', 'int64', 'float64', 'intOrString'])

function goType(type: TypeRef): string {
  switch (type.kind) {
    case 'struct':
      return type.type.name.split('.').slice(-2).join('.')
    case 'list':
      return `[]${goType(type.of)}`
    case 'map':
      return `map[string]${goType(type.of)}`
    case 'bytes':
      return '[]uint8'
    case 'quantity':
      return 'resource.Quantity'
    case 'intOrString':
      return 'int32'
    default:
      return type.kind
  }
}
