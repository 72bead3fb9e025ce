import { fitLine, widthOf } from '../line.ts'
import type { Marks } from '../marks.ts'
import { style } from '../theme.ts'
import { keyName, type KeyHint } from './key-hint.ts'

/** A key as the help lists it. */
export interface HelpEntry extends KeyHint {
  /** Where it holds; such keys stand together under this name. */
  readonly context: string
}

const GAP = 3

/** Every key, grouped by where it holds, in as many columns as fit; groups stay in the order of their first key. */
export function helpLines(entries: readonly HelpEntry[], columns: number, marks: Marks): string[] {
  const contexts = [...new Set(entries.map(({ context }) => context))]
  const groups = contexts.map((context) => groupLines(context, entries, columns, marks))
  const width = Math.min(columns, Math.max(1, ...groups.flat().map(widthOf)))
  const count = Math.max(1, Math.floor((columns + GAP) / (width + GAP)))
  const stacks = stacked(groups, count)
  const height = Math.max(0, ...stacks.map((stack) => stack.length))
  return Array.from({ length: height }, (_, y) =>
    stacks
      .map((stack) => fitLine(stack[y] ?? '', width, marks.more))
      .join(' '.repeat(GAP))
      .trimEnd(),
  )
}

function groupLines(context: string, entries: readonly HelpEntry[], columns: number, marks: Marks): string[] {
  const own = entries.filter((entry) => entry.context === context)
  const keys = own.map((entry) => entry.keys.map((key) => keyName(key, marks)).join(' '))
  const width = Math.min(Math.floor(columns / 2), Math.max(...keys.map(widthOf)))
  const title = context.charAt(0).toUpperCase() + context.slice(1)
  const lines = own.map(
    ({ label }, i) => `${style('accent', fitLine(keys[i] ?? '', width, marks.more))}  ${label}`,
  )
  return [style('heading', title), ...lines]
}

/** Whole groups below each other, an empty line between two, in this many stacks of about the same height. */
function stacked(groups: readonly string[][], count: number): string[][] {
  const total = groups.reduce((sum, group) => sum + group.length + 1, 0)
  const stacks: string[][] = []
  let taken = 0
  for (const group of groups) {
    const middle = taken + group.length / 2
    const at = Math.min(count - 1, Math.floor((middle / total) * count))
    const stack = (stacks[at] ??= [])
    stack.push(...(stack.length > 0 ? [''] : []), ...group)
    taken += group.length + 1
  }
  return stacks.filter(Boolean)
}
