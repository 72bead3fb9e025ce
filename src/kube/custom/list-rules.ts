import type { FieldError } from '../registry/definition.ts'
import { forbidden, invalid, notSupported, required } from '../registry/field-error.ts'
import type { JsonSchema } from './json-schema.ts'

/** Rules of x-kubernetes-list-type, -list-map-keys and -map-type. */
export function listKeyErrors(schema: JsonSchema, at: string): FieldError[] {
  const list = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const errors = [...kindErrors(schema, at, 'map', 'object'), ...kindErrors(schema, at, 'list', 'array')]
  if (keys.length > 0 && list !== 'map') {
    const path = `${at}.x-kubernetes-list-type`
    const why = 'must be map if x-kubernetes-list-map-keys is non-empty'
    errors.push(list ? invalid(path, list, why) : required(path, why))
  }
  if (list === 'map') errors.push(...mapErrors(schema, keys, at))
  if ((list === 'set' || list === 'map') && schema.items?.nullable) {
    const why = `cannot be nullable when x-kubernetes-list-type is ${list}`
    errors.push(forbidden(`${at}.items.nullable`, why))
  }
  if (list === 'set') errors.push(...setErrors(schema.items, at))
  return errors
}

const KNOWN = { map: ['atomic', 'granular'], list: ['atomic', 'set', 'map'] } as const

function kindErrors(schema: JsonSchema, at: string, of: 'map' | 'list', type: string): FieldError[] {
  const name = `x-kubernetes-${of}-type` as const
  const value = schema[name]
  if (value === undefined) return []
  const why = `must be ${type} if ${name} is specified`
  const errors: FieldError[] = []
  if (!schema.type) errors.push(required(`${at}.type`, why))
  else if (schema.type !== type) errors.push(invalid(`${at}.type`, schema.type, why))
  const known: readonly string[] = KNOWN[of]
  if (!known.includes(value)) errors.push(notSupported(`${at}.${name}`, value, known))
  return errors
}

function mapErrors({ items }: JsonSchema, keys: readonly string[], at: string): FieldError[] {
  const path = `${at}.x-kubernetes-list-map-keys`
  const errors: FieldError[] = []
  if (keys.length === 0) errors.push(required(path, 'must not be empty if x-kubernetes-list-type is map'))
  if (!items) {
    return [...errors, required(`${at}.items`, 'must have a schema if x-kubernetes-list-type is map')]
  }
  if (items.type !== 'object') {
    const why = "must be object if parent array's x-kubernetes-list-type is map"
    return [...errors, invalid(`${at}.items.type`, items.type ?? '', why)]
  }
  for (const [i, key] of keys.entries()) {
    errors.push(...keyErrors(items, key, at, path, keys))
    if (keys.indexOf(key) < i) errors.push(invalid(path, keys, 'must not contain duplicate entries'))
  }
  return errors
}

function keyErrors(
  items: JsonSchema,
  key: string,
  at: string,
  path: string,
  keys: readonly string[],
): FieldError[] {
  const property = items.properties?.[key]
  if (!property) return [invalid(path, keys, 'entries must all be names of item properties')]
  const place = `${at}.items.properties[${key}]`
  const why = 'this property is in x-kubernetes-list-map-keys, so it'
  const errors: FieldError[] = []
  if (property.type === 'array' || property.type === 'object') {
    const scalar = "must be a scalar type if parent array's x-kubernetes-list-type is map"
    errors.push(invalid(`${place}.type`, items.type, scalar))
  }
  if (!items.required?.includes(key) && property.default === undefined) {
    errors.push(required(`${place}.default`, `${why} must have a default or be a required property`))
  }
  if (property.nullable) errors.push(forbidden(`${place}.nullable`, `${why} cannot be nullable`))
  return errors
}

function setErrors(items: JsonSchema | undefined, at: string): FieldError[] {
  const why = 'must be atomic as item of a list with x-kubernetes-list-type=set'
  const list = items?.['x-kubernetes-list-type']
  if (items?.type === 'array' && list && list !== 'atomic') {
    return [invalid(`${at}.items.x-kubernetes-list-type`, list, why)]
  }
  if (items?.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') {
    return [invalid(`${at}.items.x-kubernetes-map-type`, undefined, why)]
  }
  return []
}
