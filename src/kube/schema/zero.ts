import type { FieldSchema, TypeRef } from './schema.ts'

/**
 * What upstream's Go types make of a field's JSON value: undefined when it would not be written back, its zero value
 * when it is written even though nobody set it.
 */
export function unsetOr(field: FieldSchema, value: unknown): unknown {
  if (value === null && field.nullable) return null
  if (field.keep) return value ?? zeroOf(field)
  if (value === null || value === undefined) return undefined
  return !field.pointer && isZero(field.type, value) ? undefined : value
}

function zeroOf(field: FieldSchema): unknown {
  if (field.pointer) return null
  switch (field.type.kind) {
    case 'struct':
      return ZERO_STRUCT
    case 'string':
      return ''
    case 'bool':
      return false
    case 'quantity':
      return '0'
    case 'duration':
      return '0s'
    case 'int32':
    case 'int64':
    case 'float64':
    case 'intOrString':
      return 0
    default:
      return null
  }
}

/** Its own fields' zero values are added where it is read. */
const ZERO_STRUCT = Object.freeze({})

/** As Go's omitempty judges. */
function isZero(type: TypeRef, value: unknown): boolean {
  switch (type.kind) {
    case 'list':
      return Array.isArray(value) && value.length === 0
    case 'map':
      return typeof value === 'object' && Object.keys(value as object).length === 0
    case 'string':
    case 'bytes':
      return value === ''
    case 'bool':
      return value === false
    case 'int32':
    case 'int64':
    case 'float64':
      return value === 0
    default:
      return false
  }
}
