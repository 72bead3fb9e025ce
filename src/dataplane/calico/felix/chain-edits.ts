/** From one list of rules to another, by single rules. */
export interface ChainEdits {
  /**
   * One after another. `at` counts from 1, in the chain as it is then; `put` is the place in the new list of what is put before the rule that
   * is there, and without it that rule goes.
   */
  readonly edits: readonly { readonly at: number; readonly put?: number }[]
  /** For each rule of the new list its place in the old one; undefined for a new one. */
  readonly left: readonly (number | undefined)[]
}

/**
 * What has to be put into a list of rules and taken out of it. Those that stay are thought to be in the same order, as policies are; undefined
 * when they are not.
 */
export function chainEdits(have: readonly string[], want: readonly string[]): ChainEdits | undefined {
  const { start, end } = sameEnds(have, want)
  const keysOf = keysFor(have.slice(start, have.length - end), want.slice(start, want.length - end))
  const from = keysOf(have, start, have.length - end)
  const to = keysOf(want, start, want.length - end)
  const [old, wanted] = [new Set(from), new Set(to)]
  const edits: { at: number; put?: number }[] = []
  const left: (number | undefined)[] = Array.from({ length: start }, (_, index) => index)
  let next = 0
  for (const [index, key] of to.entries()) {
    const put = start + index
    for (; next < from.length && !wanted.has(from[next] ?? 0); next++) edits.push({ at: put + 1 })
    if (from[next] === key) left.push(start + next++)
    else if (old.has(key)) return undefined
    else {
      edits.push({ at: put + 1, put })
      left.push(undefined)
    }
  }
  for (; next < from.length; next++) edits.push({ at: start + to.length + 1 })
  for (let index = have.length - end; index < have.length; index++) left.push(index)
  return { edits, left }
}

/** How many rules are the same at the beginning, and how many of the others at the end. */
function sameEnds(have: readonly string[], want: readonly string[]): { start: number; end: number } {
  const most = Math.min(have.length, want.length)
  const start = sameStart(have, want)
  let end = 0
  while (end < most - start && have[have.length - 1 - end] === want[want.length - 1 - end]) end++
  return { start, end }
}

export function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one === other || (one.length === other.length && one.every((text, index) => text === other[index]))
}

/** How many are the same at the beginning. */
export function sameStart(one: readonly string[], other: readonly string[]): number {
  const most = Math.min(one.length, other.length)
  let start = 0
  while (start < most && one[start] === other[start]) start++
  return start
}

/** Numbers for rules; one that is there after each of many others is known by the one before it. */
function keysFor(...lists: readonly (readonly string[])[]) {
  const repeated = new Map(lists.flatMap(repeatedIn).map((one) => [one, new Map<string, number>()]))
  const others = new Map<string, number>()
  let last = 0
  const numberOf = (name: string, known: Map<string, number>) => {
    const number = known.get(name) ?? ++last
    known.set(name, number)
    return number
  }
  return (words: readonly string[], start: number, end: number) =>
    words.slice(start, end).map((one, index) => {
      const after = repeated.get(one)
      return after ? numberOf(words[start + index - 1] ?? '', after) : numberOf(one, others)
    })
}

function repeatedIn(words: readonly string[]): string[] {
  const seen = new Set<string>()
  return words.filter((one) => seen.has(one) || !seen.add(one))
}
