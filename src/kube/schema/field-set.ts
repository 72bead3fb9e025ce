/**
 * A set of field paths, in the very form that metadata.managedFields keeps it (FieldsV1): a tree whose keys are path
 * elements (`f:name`, `k:{"name":"web"}`, `v:"x"`). An empty node is a path in the set; a node with children is in the
 * set only if it has the child `.`. Sets are never changed once made, and share their unchanged parts.
 */
export interface FieldSet {
  readonly [element: string]: FieldSet
}

export const EMPTY_SET: FieldSet = Object.freeze({})
const LEAF: FieldSet = EMPTY_SET

export function isEmpty(set: FieldSet): boolean {
  for (const _ in set) return false
  return true
}

/** True when the path that leads to this node is itself in the set. */
export function isMember(node: FieldSet): boolean {
  return '.' in node || isEmpty(node)
}

/** A node's children, its own membership being the child `.`; the inverse of {@link close}. */
const open = (node: FieldSet): FieldSet => (isEmpty(node) ? { '.': LEAF } : node)

function close(children: FieldSet): FieldSet | undefined {
  const [first, second] = Object.keys(children)
  if (first === undefined) return undefined
  return first === '.' && second === undefined ? LEAF : children
}

/** Upstream's order: fields by name, then keys and values. `.` sorts before all of them. */
export function sorted(set: FieldSet): FieldSet {
  return Object.fromEntries(Object.entries(set).sort(([a], [b]) => (a < b ? -1 : 1)))
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmpty(b)) return a
  let result: Record<string, FieldSet> | undefined
  let grew = false
  for (const [element, theirs] of Object.entries(b)) {
    const mine = a[element]
    const both = mine === undefined ? theirs : unionNodes(mine, theirs)
    if (both === mine) continue
    grew ||= mine === undefined
    result ??= { ...a }
    result[element] = both
  }
  if (!result) return a
  return grew ? sorted(result) : result
}

function unionNodes(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a) && isEmpty(b)) return a
  return union(open(a), open(b))
}

/** The paths of `a` that are not in `b`; a path in `b` takes none of its children away. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return subtract(a, b, (mine, theirs) => close(difference(open(mine), open(theirs))))
}

/** The paths of `a` that are neither in `b` nor below a path in `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return subtract(a, b, (mine, theirs) =>
    isMember(theirs) ? undefined : close(recursiveDifference(open(mine), theirs)),
  )
}

function subtract(
  a: FieldSet,
  b: FieldSet,
  inner: (mine: FieldSet, theirs: FieldSet) => FieldSet | undefined,
): FieldSet {
  let result: Record<string, FieldSet> | undefined
  for (const [element, theirs] of Object.entries(b)) {
    const mine = a[element]
    if (mine === undefined) continue
    const left = element === '.' ? undefined : inner(mine, theirs)
    if (left === mine) continue
    result ??= { ...a }
    if (left) result[element] = left
    else delete result[element]
  }
  return result ?? a
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = {}
  for (const [element, theirs] of Object.entries(b)) {
    const mine = a[element]
    if (mine === undefined) continue
    const both = element === '.' ? mine : close(intersection(open(mine), open(theirs)))
    if (both) result[element] = both
  }
  return sorted(result)
}

/** Every path in the set, as a list of elements; at each depth the shorter paths first, as upstream lists them. */
export function* pathsOf(set: FieldSet, prefix: readonly string[] = []): Generator<readonly string[]> {
  const children = Object.entries(set).filter(([element]) => element !== '.')
  for (const [element, node] of children) if (isMember(node)) yield [...prefix, element]
  for (const [element, node] of children) yield* pathsOf(node, [...prefix, element])
}

interface Growing {
  [element: string]: Growing
}

/** Collects paths into a set. */
export class FieldSetBuilder {
  readonly #root: Growing = {}

  add(path: readonly string[]): void {
    let node = this.#root
    for (const [i, element] of path.entries()) {
      const last = i === path.length - 1
      const known = node[element]
      const next = known ?? (node[element] = {})
      if (known && last !== isEmpty(known)) known['.'] = {}
      node = next
    }
  }

  build(): FieldSet {
    return settle(this.#root)
  }
}

/** Sorts all of a tree and lets all its leaves be the same object. */
function settle(node: FieldSet): FieldSet {
  if (isEmpty(node)) return LEAF
  return sorted(Object.fromEntries(Object.entries(node).map(([element, child]) => [element, settle(child)])))
}
