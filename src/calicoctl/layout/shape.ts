import { layoutOf, type Field } from './layout.ts'
import { jsonTypeOf, ParseError, READERS } from './scalars.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/**
 * A value as Calico's own structures hold it: fields in their order, whatever the case they were written in; zeros that mean
 * nothing gone, those that are always shown there.
 * @param strict whether a field that the structure has not is a mistake; else it is dropped
 * @throws ParseError
 */
export function shape(structure: string, value: unknown, strict: boolean, where = structure): JsonObject {
  const layout = layoutOf(structure) ?? []
  if (!isObject(value)) throw cannotParse(value, where, goName(structure))
  const given = new Map(
    Object.entries(value).map(([key, one]) => [nameOf(layout, key, strict), one] as const),
  )
  const shaped = layout.flatMap((field) => {
    const one = valueOf(field, given.get(field.name), strict, `${structure}.${field.name}`)
    return one === undefined ? [] : [[field.name, one] as const]
  })
  return Object.fromEntries(shaped)
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object that a value is, else an empty one. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

/** The list that a value is, else an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}

function nameOf(layout: readonly Field[], key: string, strict: boolean): string {
  const field =
    layout.find(({ name }) => name === key) ??
    layout.find(({ name }) => name.toLowerCase() === key.toLowerCase())
  if (!field && strict) throw unknownField(key)
  return field?.name ?? key
}

function valueOf(field: Field, given: unknown, strict: boolean, where: string): unknown {
  const value = given === undefined || given === null ? undefined : read(field, given, strict, where)
  if (field.isAlwaysShown) return value ?? zeroOf(field)
  return field.keepsZero || !isZero(field, value) ? value : undefined
}

function read(field: Field, given: unknown, strict: boolean, where: string): unknown {
  if (!field.isList) return readOne(field, given, strict, where)
  if (!Array.isArray(given)) throw cannotParse(given, where, goType(field))
  return given.map((one) => readOne(field, one, strict, where))
}

function readOne(field: Field, given: unknown, strict: boolean, where: string): unknown {
  const reader = READERS[field.type]
  if (reader) return reader(given)
  if (field.type === 'any' || field.type === 'time') return given
  if (field.type === 'map') return isObject(given) ? sorted(given) : fail()
  if (layoutOf(field.type)) return shape(field.type, given, strict, where)
  switch (field.type) {
    case 'bool':
      return typeof given === 'boolean' ? given : fail()
    case 'int':
    case 'uint16':
      return isInteger(given, field.type) ? given : fail()
    case 'float64':
      return typeof given === 'number' ? given : fail()
    default:
      // YAML's numbers and booleans are taken for the text they were written as.
      return typeof given === 'object' ? fail() : String(given)
  }

  function fail(): never {
    throw cannotParse(given, where, goType({ ...field, isList: false }))
  }
}

function isInteger(value: unknown, type: string): boolean {
  if (!Number.isInteger(value)) return false
  return type === 'int' || (Number(value) >= 0 && Number(value) <= 65535)
}

const sorted = (map: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(map)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, String(value)]),
  )

function isZero({ isList, type }: Field, value: unknown): boolean {
  if (value === undefined) return true
  if (isList) return (value as unknown[]).length === 0
  if (isObject(value)) return type === 'map' && Object.keys(value).length === 0
  return value === '' || value === 0 || value === false
}

function zeroOf({ type }: Field): unknown {
  if (layoutOf(type)) return shape(type, {}, false)
  if (type === 'time') return null
  return type === 'uint16' || type === 'int' ? 0 : ''
}

const NAMES: Readonly<Record<string, string>> = { map: 'map[string]string', ObjectMeta: 'v1.ObjectMeta' }

function goType({ type, isList }: Field): string {
  return isList ? `[]${goName(type)}` : goName(type)
}

function goName(type: string): string {
  return NAMES[type] ?? (/^[A-Z]/.test(type) ? `v3.${type}` : type)
}

function cannotParse(value: unknown, where: string, type: string): ParseError {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return new ParseError(`cannot parse ${jsonTypeOf(value)} '${text}' into field ${where} of type ${type}`)
}

export function unknownField(name: string): ParseError {
  return new ParseError(`field in document is not recognized or is in the wrong location: ${name}`)
}
