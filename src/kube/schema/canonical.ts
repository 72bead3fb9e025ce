import type { KubeObject } from '../objects.ts'
import { canonicalQuantity } from '../registry/quantity.ts'
import { isObject, type JsonObject } from './path-element.ts'
import type { TypeRef, TypeSchema } from './schema.ts'
import { unsetOr } from './zero.ts'

/**
 * The object as upstream would store and return it, having read it into its Go type: unknown fields, nulls and empty
 * values are dropped, what Go always writes (`resources: {}`, `status: {}`) is added, keys are in upstream's order.
 * Of a custom resource nothing is dropped but unknown fields and nulls, which upstream calls pruning.
 * Parts that are so already are kept as they are. An empty managedFields stays: it asks to forget all owners.
 */
export function canonical<T extends KubeObject>(type: TypeSchema, object: T): T {
  return canonicalStruct(type, object as JsonObject) as T
}

function canonicalStruct(type: TypeSchema, value: JsonObject): JsonObject {
  const result: Record<string, unknown> = {}
  for (const field of type.fields.values()) {
    const set = field.name === 'managedFields' ? value[field.name] : unsetOr(field, value[field.name])
    if (set !== undefined) result[field.name] = canonicalValue(field.type, set)
  }
  if (type.rest) keepUnnamed(type, type.rest, value, result)
  return sameAs(value, result)
}

function keepUnnamed(
  type: TypeSchema,
  rest: TypeRef,
  value: JsonObject,
  result: Record<string, unknown>,
): void {
  for (const [name, inner] of Object.entries(value)) {
    if (!type.fields.has(name)) result[name] = canonicalValue(rest, inner)
  }
}

function canonicalValue(type: TypeRef, value: unknown): unknown {
  if (type.kind === 'struct') return isObject(value) ? canonicalStruct(type.type, value) : value
  if (type.kind === 'list') return Array.isArray(value) ? canonicalItems(type.of, value) : value
  if (type.kind === 'map') return isObject(value) ? canonicalEntries(type.of, value) : value
  return type.kind === 'quantity' ? canonicalQuantity(value as string | number) : value
}

function canonicalItems(of: TypeRef, items: readonly unknown[]): readonly unknown[] {
  const result = items.map((item) => canonicalValue(of, item))
  return result.every((item, i) => item === items[i]) ? items : result
}

function canonicalEntries(of: TypeRef, value: JsonObject): JsonObject {
  const keys = Object.keys(value).sort()
  return sameAs(value, Object.fromEntries(keys.map((key) => [key, canonicalValue(of, value[key])])))
}

/** `before` if both have the same keys, in the same order, with the same values. */
function sameAs(before: JsonObject, result: JsonObject): JsonObject {
  const keys = Object.keys(before)
  const others = Object.keys(result)
  const same =
    keys.length === others.length && keys.every((key, i) => key === others[i] && before[key] === result[key])
  return same ? before : result
}
