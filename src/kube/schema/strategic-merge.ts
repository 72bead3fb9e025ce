import { badRequest, internalError } from '../api/refusals.ts'
import type { KubeObject } from '../objects.ts'
import { isObject, type JsonObject } from './path-element.ts'
import type { FieldSchema, TypeRef, TypeSchema } from './schema.ts'
import { mergeLists, orderAs } from './strategic-lists.ts'

const DIRECTIVE = '$patch'
const RETAIN_KEYS = '$retainKeys'
const DELETE_FROM = '$deleteFromPrimitiveList/'
const ELEMENT_ORDER = '$setElementOrder/'

/**
 * Applies a strategic merge patch, as kubectl apply and edit send it: structs and maps are merged, lists replaced unless
 * their patch strategy says merge, with the `$patch`, `$retainKeys`, `$deleteFromPrimitiveList` and `$setElementOrder`
 * directives. Upstream: apimachinery, util/strategicpatch.
 * @throws ApiError 400, 500 for misused directives, as upstream gives it.
 */
export function strategicMerge(type: TypeSchema, current: KubeObject, patch: JsonObject): KubeObject {
  return mergeObject({ kind: 'struct', type, atomic: false }, current as JsonObject, patch)
}

function fieldOf(type: TypeRef | undefined, key: string): FieldSchema | undefined {
  return type?.kind === 'struct' ? type.type.fields.get(key) : undefined
}

function typeAt(type: TypeRef | undefined, key: string): TypeRef | undefined {
  return type?.kind === 'map' ? type.of : fieldOf(type, key)?.type
}

function mergeObject(type: TypeRef | undefined, original: JsonObject, patch: JsonObject): JsonObject {
  if (DIRECTIVE in patch) {
    const { [DIRECTIVE]: directive, ...rest } = patch
    if (directive === 'replace') return rest
    if (directive === 'delete') return {}
    if (directive !== 'merge')
      throw internalError(`unknown patch type: ${String(directive)} in map: ${goMap(patch)}`)
  }
  const merged: Record<string, unknown> = retained(original, patch)
  for (const [key, value] of Object.entries(patch)) {
    if (key === DIRECTIVE || key === RETAIN_KEYS || key.startsWith(ELEMENT_ORDER)) continue
    if (key.startsWith(DELETE_FROM)) deleteItems(merged, key.slice(DELETE_FROM.length), value)
    else mergeEntry(type, merged, key, value)
  }
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(ELEMENT_ORDER)) continue
    const name = key.slice(ELEMENT_ORDER.length)
    setOrder(fieldOf(type, name), merged, name, order, original[name])
  }
  return merged
}

function goMap(value: JsonObject): string {
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `map[${entries.map(([key, inner]) => `${key}:${isObject(inner) ? goMap(inner) : String(inner)}`).join(' ')}]`
}

/** What `$retainKeys` leaves of the original. */
function retained(original: JsonObject, patch: JsonObject): JsonObject {
  if (!(RETAIN_KEYS in patch)) return { ...original }
  const keys = patch[RETAIN_KEYS]
  if (!Array.isArray(keys)) throw badRequest('invalid patch format of retainKeys')
  const set = Object.entries(patch).filter(([key, value]) => value !== null && !key.startsWith('$'))
  if (set.some(([key]) => !keys.includes(key))) throw badRequest('invalid patch format of retainKeys')
  return Object.fromEntries(Object.entries(original).filter(([key]) => keys.includes(key)))
}

function deleteItems(merged: Record<string, unknown>, key: string, items: unknown): void {
  const list = merged[key]
  if (!Array.isArray(items)) throw badRequest('invalid patch format of primitive list')
  if (Array.isArray(list)) merged[key] = list.filter((item) => !items.includes(item))
}

function mergeEntry(
  type: TypeRef | undefined,
  merged: Record<string, unknown>,
  key: string,
  value: unknown,
): void {
  const known = merged[key]
  if (value === null) {
    delete merged[key]
  } else if (isObject(known) && isObject(value) && !fieldOf(type, key)?.patchStrategy.includes('replace')) {
    merged[key] = mergeObject(typeAt(type, key), known, value)
  } else if (Array.isArray(known) && Array.isArray(value)) {
    merged[key] = mergeList(fieldOf(type, key), known, value)
  } else if (isObject(value) && DIRECTIVE in value) {
    delete merged[key]
  } else {
    merged[key] = plain(value)
  }
}

/** A patch's value where there was none: without nulls, directives and the items that they mark. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => !(isObject(item) && DIRECTIVE in item)).map(plain)
  }
  if (!isObject(value)) return value
  const kept = Object.entries(value).filter(
    ([key, inner]) =>
      inner !== null &&
      key !== RETAIN_KEYS &&
      !key.startsWith(ELEMENT_ORDER) &&
      !key.startsWith(DELETE_FROM) &&
      !(isObject(inner) && DIRECTIVE in inner),
  )
  return Object.fromEntries(kept.map(([key, inner]) => [key, plain(inner)]))
}

function mergeList(
  field: FieldSchema | undefined,
  original: readonly unknown[],
  patch: readonly unknown[],
): readonly unknown[] {
  if (!field?.patchStrategy.includes('merge')) return patch
  const of = field.type.kind === 'list' ? field.type.of : undefined
  return mergeLists(field.patchMergeKey, original, patch, (known, change) =>
    known ? mergeObject(of, known, change) : (plain(change) as JsonObject),
  )
}

function setOrder(
  field: FieldSchema | undefined,
  merged: Record<string, unknown>,
  name: string,
  order: unknown,
  before: unknown,
): void {
  const list = merged[name]
  if (!Array.isArray(order)) throw badRequest('invalid patch format of setElementOrder list')
  if (!Array.isArray(list)) return
  merged[name] = orderAs(field?.patchMergeKey, list, order, Array.isArray(before) ? before : [])
}
