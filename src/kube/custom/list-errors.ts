import type { FieldError } from '../registry/definition.ts'
import { duplicate, invalid } from '../registry/field-error.ts'
import { isObject } from '../schema/path-element.ts'
import { valuesOf, type JsonSchema } from './json-schema.ts'

/** Items of sets and maps (x-kubernetes-list-type) that are there twice. Upstream: schema/listtype/validation.go. */
export function listTypeErrors(schema: JsonSchema, value: unknown, path = ''): FieldError[] {
  if (Array.isArray(value)) {
    const { items } = schema
    return [
      ...duplicates(schema, value, path),
      ...(items ? value.flatMap((item, index) => listTypeErrors(items, item, `${path}[${index}]`)) : []),
    ]
  }
  if (!isObject(value)) return []
  const values = valuesOf(schema)
  return Object.entries(value).flatMap(([name, inner]) => {
    const own = schema.properties?.[name]
    if (own) return listTypeErrors(own, inner, path ? `${path}.${name}` : name)
    return values ? listTypeErrors(values, inner, `${path}[${name}]`) : []
  })
}

function duplicates(schema: JsonSchema, list: readonly unknown[], path: string): FieldError[] {
  const kind = schema['x-kubernetes-list-type']
  if (kind === 'set') return repeated(list, path)
  if (kind !== 'map') return []
  const wrong = list.findIndex((item) => item !== null && !isObject(item))
  if (wrong >= 0) {
    return [invalid(`${path}[${wrong}]`, list[wrong], 'must be an object for an array of list-type map')]
  }
  const names = schema['x-kubernetes-list-map-keys'] ?? []
  const keys = list.map((item) =>
    Object.fromEntries(names.flatMap((name) => (isObject(item) && name in item ? [[name, item[name]]] : []))),
  )
  return repeated(keys, path)
}

/** The second of each that is there more than once. */
function repeated(list: readonly unknown[], path: string): FieldError[] {
  const seen = new Map<string, number>()
  return list.flatMap((item, index) => {
    const text = JSON.stringify(item)
    const times = seen.get(text) ?? 0
    seen.set(text, times + 1)
    return times === 1 ? [duplicate(`${path}[${index}]`, item)] : []
  })
}
