import { isLeaf } from './compare.ts'
import { type FieldSet, FieldSetBuilder, isMember } from './field-set.ts'
import { isObject, itemElement } from './path-element.ts'
import type { TypeRef, TypeSchema } from './schema.ts'

/**
 * The fields that an object mentions: what its applier comes to own. Upstream: structured-merge-diff, typed/tofieldset.go.
 */
export function fieldSetOf(type: TypeSchema, object: unknown): FieldSet {
  const builder = new FieldSetBuilder()
  collect(builder, [], { kind: 'struct', type, atomic: false }, object)
  return builder.build()
}

function collect(builder: FieldSetBuilder, path: readonly string[], type: TypeRef, value: unknown): void {
  if (isLeaf(type) || (type.kind === 'map' && type.free && !isObject(value))) {
    if (path.length) builder.add(path)
  } else if (type.kind === 'list' && Array.isArray(value)) {
    for (const item of value) {
      const element = itemElement(type, item)
      if (element === undefined) continue
      builder.add([...path, element])
      collect(builder, [...path, element], type.of, item)
    }
  } else if (isObject(value)) {
    for (const [key, inner] of Object.entries(value)) collectEntry(builder, path, type, key, inner)
  }
}

function collectEntry(
  builder: FieldSetBuilder,
  path: readonly string[],
  type: TypeRef,
  key: string,
  value: unknown,
): void {
  const here = [...path, `f:${key}`]
  const of = childType(type, `f:${key}`)
  if (of) collect(builder, here, of, value)
  const empty = value === null || (isObject(value) && Object.keys(value).length === 0)
  if (empty || type.kind === 'map') builder.add(here)
}

/** The type of what a path element leads to. */
export function childType(type: TypeRef | undefined, element: string): TypeRef | undefined {
  if (type?.kind === 'struct') return type.type.fields.get(element.slice(2))?.type ?? type.type.rest
  return type?.kind === 'map' || type?.kind === 'list' ? type.of : undefined
}

/** The set with every struct's field that has paths below it in the set, too. */
export function withNamedFields(set: FieldSet, type: TypeRef | undefined): FieldSet {
  const result: Record<string, FieldSet> = {}
  for (const [element, node] of Object.entries(set)) {
    if (element === '.' || Object.keys(node).length === 0) {
      result[element] = node
      continue
    }
    const inner = withNamedFields(node, childType(type, element))
    const named = type?.kind === 'struct' && type.type.fields.has(element.slice(2))
    result[element] = named && !isMember(inner) ? { '.': {}, ...inner } : inner
  }
  return result
}
