import type { FieldError } from '../registry/definition.ts'
import { invalid, tooLong } from '../registry/field-error.ts'
import { hasFormat } from './formats.ts'
import type { JsonSchema } from './json-schema.ts'

/** `Too many: 5: must have at most 3 items` */
export function tooMany(field: string, actual: number, max: number): FieldError {
  const message = `Too many: ${actual}: must have at most ${max} ${max === 1 ? 'item' : 'items'}`
  return { reason: 'FieldValueTooMany', field, message }
}

function wrongType(path: string, expected: string, found: string): FieldError {
  const where = path ? `${path} in body` : ' in body'
  const message = `Invalid value: ${JSON.stringify(found)}: ${where} must be of type ${expected}: ${JSON.stringify(found)}`
  return { reason: 'FieldValueTypeInvalid', field: path || '<nil>', message }
}

/** A value's type as JSON schemas name it. */
function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

/** Which types a schema allows. */
function typesOf(schema: JsonSchema): readonly string[] {
  if (schema['x-kubernetes-int-or-string']) return ['integer', 'string']
  return schema.type === undefined ? [] : [schema.type]
}

/** At most one error: that the value is of another type than the schema's. */
export function typeError(schema: JsonSchema, value: unknown, path: string): FieldError[] {
  const types = typesOf(schema)
  const found = typeOf(value)
  if (types.length === 0 || types.includes(found)) return []
  if (found === 'null' && schema.nullable) return []
  if (found === 'integer' && types.includes('number')) return []
  const format = checkedFormat(schema)
  if (format && found !== 'string' && found !== 'array' && found !== 'null') {
    return [wrongType(path, format, GO_FORMATS[found] ?? '')]
  }
  return [wrongType(path, types.join(','), found)]
}

/** What the error for a wrong type names instead of the type where the schema has a format. */
const GO_FORMATS: Readonly<Record<string, string>> = { integer: 'int64', number: 'float64' }

function checkedFormat({ type, format }: JsonSchema): string | undefined {
  if (!format) return undefined
  if (type === 'integer') return ['int32', 'int64'].includes(format) ? format : undefined
  if (type === 'number') return ['float', 'double'].includes(format) ? format : undefined
  return hasFormat(format, '') === undefined ? undefined : format
}

/** Of length and pattern the first fault only, and that of the format. */
export function stringErrors(schema: JsonSchema, text: string, path: string): FieldError[] {
  const errors = textErrors(schema, text, path)
  const { format } = schema
  if (format && schema.type !== 'integer' && hasFormat(format, text) === false) {
    errors.push({ ...wrongType(path, format, text), field: path })
  }
  return errors
}

function textErrors({ minLength, maxLength, pattern }: JsonSchema, text: string, path: string): FieldError[] {
  const length = Array.from(text).length
  if (maxLength !== undefined && length > maxLength) return [tooLong(path, maxLength)]
  if (minLength !== undefined && length < minLength) {
    return [invalid(path, text, `${path} in body should be at least ${minLength} chars long`)]
  }
  if (pattern === undefined || (goPattern(pattern)?.test(text) ?? true)) return []
  return [invalid(path, text, `${path} in body should match '${pattern}'`)]
}

/** A pattern in Go's syntax as ours; undefined when it cannot be read. They differ little: `(?i)` in front, `\A` and `\z`. */
export function goPattern(pattern: string): RegExp | undefined {
  const [, start = '', flags = '', rest = ''] = /^(\^?)(?:\(\?([ims]+)\))?(.*)$/s.exec(pattern) ?? []
  const source = (start + rest).replaceAll('\\z', '$').replaceAll('\\A', '^').replaceAll('(?P<', '(?<')
  try {
    return new RegExp(source, flags)
  } catch {
    return undefined
  }
}

const INT32 = 2 ** 31

export function numberErrors(schema: JsonSchema, value: number, path: string): FieldError[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  const should = (what: string) => invalid(path, value, `${path} in body should be ${what}`)
  const errors: FieldError[] = []
  if (schema.type === 'integer' && schema.format === 'int32' && (value < -INT32 || value >= INT32)) {
    errors.push(invalid('<nil>', '', `Checked value must be of type integer with format int32 in ${path}`))
  }
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) {
    errors.push(should(`a multiple of ${multipleOf}`))
  }
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
    errors.push(should(`greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`))
  }
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
    errors.push(should(`less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`))
  }
  return errors
}
