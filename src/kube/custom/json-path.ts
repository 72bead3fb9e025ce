import { isObject } from '../schema/path-element.ts'

/** What a step makes of the values found so far. */
type Step = (values: readonly unknown[]) => unknown[]

/** Finds values in an object; none where it does not have such. */
export type JsonPath = (object: unknown) => unknown[]

const STEP =
  /\.(?=\.)|\.?\[\?\(@(?<field>[^=!<>]*?)\s*(?:(?<operator>==|!=|<=|>=|<|>)\s*(?<value>[^)]*?))?\s*\)\]|\.?\[(?<index>-?\d+|\*)\]|\.?\[(?:'(?<single>[^']*)'|"(?<double>[^"]*)")\]|\.(?<name>\*|(?:\\.|[^.[\]\\])+)/y

/**
 * Reads a path as printer columns and kubectl write it: `.spec.ports[0].name`, `.metadata.labels['a/b']`,
 * `.status.conditions[?(@.type=="Ready")].status`, `.items[*].x`. Upstream: client-go, util/jsonpath.
 * @returns undefined for what is no such path.
 */
export function parseJsonPath(text: string): JsonPath | undefined {
  const steps: Step[] = []
  if (text === '.') return (object) => [object]
  const scan = new RegExp(STEP)
  while (scan.lastIndex < text.length) {
    const found = scan.exec(text)
    if (!found?.groups) return undefined
    steps.push(stepOf(found.groups))
  }
  return (object) => steps.reduce<unknown[]>((values, step) => step(values), [object])
}

function stepOf(groups: Readonly<Record<string, string | undefined>>): Step {
  const { index, field, operator, value } = groups
  const name = groups['single'] ?? groups['double'] ?? groups['name']?.replaceAll(/\\(.)/g, '$1')
  if (index === '*' || groups['name'] === '*') return each(children)
  if (index !== undefined)
    return each((inner) => (Array.isArray(inner) ? inner.slice(...only(Number(index))) : []))
  if (name !== undefined)
    return each((inner) => (isObject(inner) && Object.hasOwn(inner, name) ? [inner[name]] : []))
  if (field === undefined) return each(descendants)
  const inner = parseJsonPath(field) ?? (() => [])
  const matches = (item: unknown) => compares(inner(item)[0], operator, value)
  return each((list) => (Array.isArray(list) ? list.filter(matches) : []))
}

const each =
  (find: (value: unknown) => readonly unknown[]): Step =>
  (values) =>
    values.flatMap(find)

/** Bounds of a slice of one; a negative index counts from the end. */
const only = (index: number): [number, number?] => (index === -1 ? [-1] : [index, index + 1])

function children(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []
}

function descendants(value: unknown): readonly unknown[] {
  return [value, ...children(value).flatMap(descendants)]
}

function compares(found: unknown, operator: string | undefined, literal = ''): boolean {
  if (operator === undefined) return found !== undefined
  const [, text] = /^(?:"(.*)"|'(.*)')$/s.exec(literal)?.filter((part) => part !== undefined) ?? []
  const wanted = text ?? valueOf(literal)
  if (operator === '==') return found === wanted
  if (operator === '!=') return found !== wanted
  if (typeof found !== typeof wanted || found === undefined) return false
  const [a, b] = [found as number, wanted as number]
  return { '<': a < b, '>': a > b, '<=': a <= b }[operator] ?? a >= b
}

function valueOf(literal: string): unknown {
  if (literal === 'true' || literal === 'false') return literal === 'true'
  return literal === '' || Number.isNaN(Number(literal)) ? literal : Number(literal)
}
