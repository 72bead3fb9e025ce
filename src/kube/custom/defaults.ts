import { isObject, type JsonObject } from '../schema/path-element.ts'
import { valuesOf, type JsonSchema } from './json-schema.ts'

/**
 * The value with the schema's defaults where it has nothing or a null that it may not have; other such nulls are dropped.
 * Parts that are so already are kept as they are. Upstream: apiextensions-apiserver, schema/defaulting.
 */
export function withDefaults(schema: JsonSchema, value: unknown): unknown {
  if (Array.isArray(value)) return listWithDefaults(schema.items, value)
  return isObject(value) ? objectWithDefaults(schema, value) : value
}

function listWithDefaults(items: JsonSchema | undefined, list: readonly unknown[]): readonly unknown[] {
  if (!items) return list
  const result = list.map((item) => filled(items, item) ?? item)
  return result.every((item, index) => item === list[index]) ? list : result
}

function objectWithDefaults(schema: JsonSchema, object: JsonObject): JsonObject {
  const { properties = {} } = schema
  const missing = Object.keys(properties).filter((name) => !Object.hasOwn(object, name))
  const result: Record<string, unknown> = {}
  for (const name of [...Object.keys(object), ...missing]) {
    const inner = Object.hasOwn(properties, name) ? properties[name] : valuesOf(schema)
    const value = inner ? filled(inner, object[name]) : object[name]
    if (value !== undefined) result[name] = value
  }
  const names = Object.keys(result)
  const same =
    names.length === Object.keys(object).length && names.every((name) => result[name] === object[name])
  return same ? object : result
}

/** Undefined for what is not there, and has no default. */
function filled(schema: JsonSchema, value: unknown): unknown {
  const absent = value === undefined || (value === null && !schema.nullable)
  return withDefaults(schema, absent ? schema.default : value)
}
