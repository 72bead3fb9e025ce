import { internalError } from '../api/refusals.ts'
import { isObject, type JsonObject } from './path-element.ts'

/** What tells an item of a merged list from the others: the value of its merge key, or a scalar itself. */
function identityOf(key: string | undefined, item: unknown): unknown {
  if (!isObject(item)) return item
  if (key === undefined || item[key] === undefined) {
    throw internalError(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key ?? ''}`)
  }
  return item[key]
}

/**
 * Merges a patch's list into a list whose patch strategy is merge. `mergeItem` gives the new item from the one with the
 * same merge key, if there is one, and the patch's.
 */
export function mergeLists(
  key: string | undefined,
  original: readonly unknown[],
  patch: readonly unknown[],
  mergeItem: (known: JsonObject | undefined, change: JsonObject) => JsonObject,
): readonly unknown[] {
  const changes = patch.filter((item) => !(isObject(item) && '$patch' in item))
  if (patch.some((item) => isObject(item) && item['$patch'] === 'replace')) return changes
  const gone = deletions(key, patch)
  const merged = original.filter((item) => !gone.has(identityOf(key, item)))
  const places = new Map(merged.map((item, i) => [identityOf(key, item), i]))
  for (const change of changes) {
    const identity = identityOf(key, change)
    const place = places.get(identity)
    if (place === undefined) places.set(identity, merged.length)
    const known = place === undefined ? undefined : (merged[place] as JsonObject)
    merged[place ?? merged.length] = isObject(change) ? mergeItem(known, change) : change
  }
  return orderAs(key, merged, changes, original)
}

function deletions(key: string | undefined, patch: readonly unknown[]): Set<unknown> {
  const marked = patch.filter((item) => isObject(item) && '$patch' in item) as JsonObject[]
  for (const item of marked) {
    const directive = item['$patch']
    if (directive === 'merge') throw internalError('merging lists cannot yet be specified in the patch')
    if (directive !== 'delete') throw internalError(`unknown patch type: ${String(directive)}`)
  }
  return new Set(marked.map((item) => identityOf(key, item)))
}

/**
 * Puts the items that `order` names in that order; the server's other items keep theirs, each before the first named item
 * that it stood before.
 */
export function orderAs(
  key: string | undefined,
  items: readonly unknown[],
  order: readonly unknown[],
  before: readonly unknown[],
): unknown[] {
  const wanted = order.map((item) => identityOf(key, item))
  const stood = before.map((item) => identityOf(key, item))
  const placeIn = (list: readonly unknown[]) => (item: unknown) => list.indexOf(identityOf(key, item))
  const named = items.filter((item) => placeIn(wanted)(item) >= 0).sort(by(placeIn(wanted)))
  const others = items.filter((item) => placeIn(wanted)(item) < 0).sort(by(placeIn(stood)))
  return named
    .flatMap((item) => {
      const place = placeIn(stood)(item)
      const next = others.findIndex((other) => !isBefore(placeIn(stood)(other), place))
      return [...others.splice(0, next < 0 ? others.length : next), item]
    })
    .concat(others)
}

const by = (place: (item: unknown) => number) => (a: unknown, b: unknown) => place(a) - place(b)
const isBefore = (place: number, other: number) => place >= 0 && place < other
