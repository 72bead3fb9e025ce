import { isLeaf } from './compare.ts'
import { type FieldSet, isEmpty, isMember } from './field-set.ts'
import { isObject, itemElement, type JsonObject } from './path-element.ts'
import { childType } from './applied-fields.ts'
import type { ListRef, TypeRef } from './schema.ts'

/** The live value with what is applied laid over it. Upstream: structured-merge-diff, typed/merge.go. */
export function mergeApplied(type: TypeRef, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return live
  if (live === undefined || isLeaf(type)) return applied
  if (type.kind === 'list') {
    const items = mergeItems(type, Array.isArray(live) ? live : [], Array.isArray(applied) ? applied : [])
    return items.length ? items : applied
  }
  if (!isObject(live) || Object.keys(live).length === 0) return applied
  if (!isObject(applied)) return live
  const merged: Record<string, unknown> = { ...live }
  for (const [key, value] of Object.entries(applied)) {
    const of = childType(type, `f:${key}`)
    merged[key] = of ? mergeApplied(of, live[key], value) : value
  }
  return merged
}

/** Applied items keep their order; the others stay where they stand between them. */
function mergeItems(list: ListRef, live: readonly unknown[], applied: readonly unknown[]): unknown[] {
  const elementOf = (item: unknown) => itemElement(list, item) ?? ''
  const left = live.map(elementOf)
  const right = applied.map(elementOf)
  const merge = (element: string) => {
    const at = left.indexOf(element)
    // An item that is there twice has no one state to merge with.
    const lone = at >= 0 && left.lastIndexOf(element) === at ? live[at] : undefined
    return mergeApplied(list.of, lone, applied[right.indexOf(element)])
  }
  const shared = right.filter((element) => left.includes(element))
  const done = new Set<string>()
  const merged: unknown[] = []
  let next = shared.shift()
  for (let l = 0, r = 0; l < left.length || r < right.length;) {
    const mine = left[l]
    const theirs = right[r]
    if (mine !== undefined && mine === theirs) {
      done.add(mine)
      merged.push(merge(mine))
      l++
      r++
      next = shared.shift()
      continue
    }
    if (
      mine !== undefined &&
      theirs !== undefined &&
      right.includes(mine) &&
      next !== undefined &&
      next !== mine
    ) {
      l++
      continue
    }
    if (mine !== undefined && !right.includes(mine)) {
      merged.push(live[l])
      l++
      continue
    }
    if (mine !== undefined && done.has(mine)) l++
    if (theirs === undefined) continue
    done.add(theirs)
    merged.push(merge(theirs))
    r++
    if (next === theirs) next = shared.shift()
  }
  return merged
}

/** The value without the fields and items in the set. Upstream: structured-merge-diff, typed/remove.go. */
export function removeFields(type: TypeRef | undefined, value: unknown, set: FieldSet): unknown {
  if (type?.kind === 'list') {
    if (!Array.isArray(value) || value.length === 0 || isLeaf(type)) return null
    const kept = value.flatMap((item) => {
      const node = set[itemElement(type, item) ?? '']
      if (node === undefined) return [item]
      return isMember(node) ? [] : [removeFields(type.of, item, node)]
    })
    return kept.length ? kept : null
  }
  if (type?.kind !== 'struct' && type?.kind !== 'map') return value
  if (!isObject(value) || isLeaf(type)) return null
  const kept = removeEntries(type, value, set)
  return isEmpty(kept as FieldSet) ? null : kept
}

function removeEntries(type: TypeRef, value: JsonObject, set: FieldSet): JsonObject {
  const kept: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) {
    const node = set[`f:${key}`]
    if (node === undefined) kept[key] = inner
    else if (!isMember(node)) kept[key] = removeFields(childType(type, `f:${key}`), inner, node)
  }
  return kept
}
