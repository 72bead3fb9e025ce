import type { ListRef } from './schema.ts'
import { unsetOr } from './zero.ts'

export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The path element that tells an item of a set or a map list from its siblings: `v:"x"`, `k:{"port":80,"protocol":"TCP"}`.
 * A key that the item lacks counts with its default, or not at all. Undefined when nothing identifies the item.
 */
export function itemElement(list: ListRef, item: unknown): string | undefined {
  if (list.owned === 'set') {
    return item === null || typeof item === 'object' ? undefined : `v:${JSON.stringify(item)}`
  }
  if (!isObject(item) || list.of.kind !== 'struct') return undefined
  const keys: Record<string, unknown> = {}
  for (const name of list.keys.toSorted()) {
    const field = list.of.type.fields.get(name)
    const value = field ? (unsetOr(field, item[name]) ?? field.default) : item[name]
    if (value !== undefined) keys[name] = value
  }
  return Object.keys(keys).length ? `k:${JSON.stringify(keys)}` : undefined
}

/** A path as error messages write it: `.spec.ports[port=80,protocol="TCP"].targetPort`. */
export function displayPath(path: readonly string[]): string {
  return path.map(displayElement).join('')
}

function displayElement(element: string): string {
  const content = element.slice(2)
  if (element.startsWith('f:')) return `.${content}`
  if (element.startsWith('v:')) return `[=${content}]`
  const keys = Object.entries(JSON.parse(content) as JsonObject)
  return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`
}
