import { isDeepStrictEqual } from 'node:util'
import { type FieldSet, FieldSetBuilder } from './field-set.ts'
import { isObject, itemElement, type JsonObject } from './path-element.ts'
import type { FieldSchema, ListRef, TypeRef, TypeSchema } from './schema.ts'
import { unsetOr } from './zero.ts'

/** Field paths by what happened to them between two objects; no path is in more than one set. */
export interface Comparison {
  readonly removed: FieldSet
  readonly modified: FieldSet
  readonly added: FieldSet
}

interface Walk {
  readonly removed: FieldSetBuilder
  readonly modified: FieldSetBuilder
  readonly added: FieldSetBuilder
  /** What a field's value counts as. */
  readonly read: Read
  /** Elements down to where the walk is; grows and shrinks. */
  readonly path: string[]
}

type Read = (field: FieldSchema, value: unknown) => unknown

/** Takes what is written as it is, for objects that need not be as upstream would store them. */
export const asWritten: Read = (_field, value) => value

/**
 * Compares two objects of a type as structured-merge-diff's TypedValue.Compare does, undefined meaning no such value.
 * Parts that are the same object in both are not looked into, so the cost follows what changed.
 */
export function compare(type: TypeSchema, before: unknown, after: unknown, read: Read = unsetOr): Comparison {
  const walk: Walk = {
    read,
    removed: new FieldSetBuilder(),
    modified: new FieldSetBuilder(),
    added: new FieldSetBuilder(),
    path: [],
  }
  compareValue(walk, { kind: 'struct', type, atomic: false }, before ?? {}, after ?? {})
  return { removed: walk.removed.build(), modified: walk.modified.build(), added: walk.added.build() }
}

function compareAt(walk: Walk, element: string, type: TypeRef, before: unknown, after: unknown): void {
  if (before === after) return
  walk.path.push(element)
  compareValue(walk, type, before, after)
  walk.path.pop()
}

function compareValue(walk: Walk, type: TypeRef, before: unknown, after: unknown): void {
  if (isLeaf(type) || (hasNothing(walk, type, before) && hasNothing(walk, type, after))) {
    if (before !== undefined && after !== undefined && !isDeepStrictEqual(before, after)) {
      walk.modified.add(walk.path)
    }
  } else if (type.kind === 'list') {
    compareItems(walk, type, asList(before), asList(after))
  } else if (type.kind === 'struct') {
    compareFields(walk, type.type, asObject(before), asObject(after))
  } else if (type.kind === 'map') {
    compareEntries(walk, type.of, asObject(before), asObject(after))
  }
  if (before === undefined) walk.added.add(walk.path)
  else if (after === undefined) walk.removed.add(walk.path)
}

/** Owned as a whole. */
export function isLeaf(type: TypeRef): boolean {
  if (type.kind === 'list') return type.owned === 'atomic'
  return type.kind === 'struct' || type.kind === 'map' ? type.atomic : true
}

const asObject = (value: unknown): JsonObject | undefined => (isObject(value) ? value : undefined)
const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

function hasNothing(walk: Walk, type: TypeRef, value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (type.kind === 'list') return asList(value).length === 0
  if (type.kind !== 'struct') return Object.keys(asObject(value) ?? {}).length === 0
  for (const field of type.type.fields.values()) {
    if (walk.read(field, asObject(value)?.[field.name]) !== undefined) return false
  }
  return !type.type.rest || Object.keys(unnamed(type.type, asObject(value))).length === 0
}

/** A field of a struct that is there has at least its zero value; of one that is not, nothing. */
function compareFields(
  walk: Walk,
  type: TypeSchema,
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): void {
  for (const field of type.fields.values()) {
    const old = before && walk.read(field, before[field.name])
    const now = after && walk.read(field, after[field.name])
    compareAt(walk, `f:${field.name}`, field.type, old, now)
  }
  if (type.rest) compareEntries(walk, type.rest, unnamed(type, before), unnamed(type, after))
}

function unnamed(type: TypeSchema, value: JsonObject = {}): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !type.fields.has(name)))
}

/** Keys are anyone's choice, "constructor" too, so only an object's own count. */
function compareEntries(walk: Walk, of: TypeRef, before: JsonObject = {}, after: JsonObject = {}): void {
  const entry = (map: JsonObject, key: string) => (Object.hasOwn(map, key) ? map[key] : undefined)
  for (const [key, old] of Object.entries(before)) compareAt(walk, `f:${key}`, of, old, entry(after, key))
  for (const [key, now] of Object.entries(after)) {
    if (!Object.hasOwn(before, key)) compareAt(walk, `f:${key}`, of, undefined, now)
  }
}

function compareItems(
  walk: Walk,
  list: ListRef,
  before: readonly unknown[],
  after: readonly unknown[],
): void {
  const old = byElement(list, before)
  const now = byElement(list, after)
  for (const element of new Set([...old.keys(), ...now.keys()])) {
    compareSame(walk, list, element, old.get(element) ?? [], now.get(element) ?? [])
  }
}

/** Compares the items that one path element names: one on either side, unless a list has duplicates. */
function compareSame(
  walk: Walk,
  list: ListRef,
  element: string,
  old: readonly unknown[],
  now: readonly unknown[],
): void {
  const path = [...walk.path, element]
  if (old.length <= 1 && now.length <= 1) {
    compareAt(walk, element, list.of, old[0], now[0])
  } else if (old.length >= 2 && now.length >= 2) {
    if (!isDeepStrictEqual(old, now)) walk.modified.add(path)
  } else if (old.length >= 2) {
    if (now.length) compareAt(walk, element, list.of, undefined, now[0])
    walk.removed.add(path)
  } else {
    if (old.length) compareAt(walk, element, list.of, old[0], undefined)
    walk.added.add(path)
  }
}

function byElement(list: ListRef, items: readonly unknown[]): Map<string, unknown[]> {
  const found = new Map<string, unknown[]>()
  for (const item of items) {
    const element = itemElement(list, item)
    if (element === undefined) continue
    const same = found.get(element)
    if (same) same.push(item)
    else found.set(element, [item])
  }
  return found
}
