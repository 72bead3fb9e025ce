import { childType } from './applied-fields.ts'
import { displayPath, isObject, itemElement } from './path-element.ts'
import type { ListRef, TypeRef, TypeSchema } from './schema.ts'

/**
 * What keeps an object from being applied: unknown fields, values of the wrong shape, items that cannot be told apart.
 * Worded as structured-merge-diff's typed/validate.go, `.spec.foo: field not declared in schema`; like it, gives up a
 * struct at its first unknown field.
 */
export function appliedErrors(type: TypeSchema, object: unknown): string[] {
  return errorsIn('', { kind: 'struct', type, atomic: false }, object)
}

function errorsIn(path: string, type: TypeRef, value: unknown): string[] {
  if (value === null || value === undefined) return []
  switch (type.kind) {
    case 'struct':
    case 'map':
      if (type.kind === 'map' && type.free) return []
      return isObject(value)
        ? fieldErrors(path, type, value)
        : [`${path}: expected map, got ${goValue(value)}`]
    case 'list':
      return Array.isArray(value)
        ? itemErrors(path, type, value)
        : [`${path}: expected list, got ${goValue(value)}`]
    default: {
      const wanted = unwanted(type, value)
      return wanted ? [`${path}: expected ${wanted}, got ${goValue(value)}`] : []
    }
  }
}

/** What a scalar should have been; undefined if it is that. */
function unwanted({ kind }: TypeRef, value: unknown): string | undefined {
  switch (kind) {
    case 'string':
    case 'bytes':
      return typeof value === 'string' ? undefined : 'string'
    case 'bool':
      return typeof value === 'boolean' ? undefined : 'boolean'
    case 'int32':
    case 'int64':
    case 'float64':
      return typeof value === 'number' ? undefined : 'numeric (int or float)'
    case 'any':
    case 'json':
      return undefined
    default:
      return typeof value === 'object' ? 'any scalar' : undefined
  }
}

function fieldErrors(
  path: string,
  type: Extract<TypeRef, { kind: 'struct' | 'map' }>,
  value: Readonly<Record<string, unknown>>,
): string[] {
  const errors: string[] = []
  for (const [key, inner] of Object.entries(value)) {
    const of = childType(type, `f:${key}`)
    if (!of) return [...errors, `${path}.${key}: field not declared in schema`]
    errors.push(...errorsIn(`${path}.${key}`, of, inner))
  }
  return errors
}

function itemErrors(path: string, list: ListRef, items: readonly unknown[]): string[] {
  if (list.owned === 'atomic') return items.flatMap((item, i) => errorsIn(`${path}[${i}]`, list.of, item))
  const errors: string[] = []
  const seen = new Set<string>()
  for (const [i, item] of items.entries()) {
    const element = itemElement(list, item)
    if (element === undefined) return [...errors, `${path}: element ${i}: ${whyUnidentified(list, item)}`]
    const place = displayPath([element])
    if (seen.has(element)) errors.push(`${path}: duplicate entries for key ${place}`)
    seen.add(element)
    errors.push(...errorsIn(`${path}${place}`, list.of, item))
  }
  return errors
}

function whyUnidentified(list: ListRef, item: unknown): string {
  if (list.owned === 'set') {
    if (item === null) return "associative list without keys has an element that's an explicit null"
    if (isObject(item)) return "associative list without keys has an element that's a map type"
    return 'not supported: associative list with lists as elements'
  }
  if (item === null) return 'associative list with keys may not have a null element'
  if (!isObject(item)) return 'associative list with keys may not have non-map elements'
  const keys = list.keys.map((key) => JSON.stringify(key)).join(' ')
  return `associative list with keys has an element that omits all key fields [${keys}] (and doesn't have default values for any key fields)`
}

/** Near enough to how Go prints a value for someone to find it by. */
function goValue(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
