import { isDispatchChain } from '../rules/names.ts'
import { isSame } from './chain-edits.ts'
import type { TableState } from './kernel-state.ts'
import { declare, fits, type Step } from './transactions.ts'
import { ruleLines, type WrittenChain, type WrittenTable } from './written-chain.ts'

const GOES_TO = ' --goto '

/** Where the new chain is filled; no more than 28 characters, since a pod's chain has up to 23. */
export const asideOf = (name: string): string => `${name}-new`

/**
 * Pods' chains that another one can replace at once, however long they are, by their names; with the chain whose rule sends packets there.
 * The other is filled where no packet comes ({@link asideOf}), and then {@link takingPlaces}.
 */
export function swappable(
  have: TableState | undefined,
  want: WrittenTable,
): ReadonlyMap<string, WrittenChain> {
  const dispatch = want.chains.filter(({ name }) => isDispatchChain(name))
  const before = waysTo(have, dispatch)
  const swaps = dispatch.flatMap((chain) => {
    const names = targetsOf(chain.words).filter((name) => before?.get(name) === chain.name)
    const taken = names.filter((name) => have?.chains.has(asideOf(name)))
    return taken.length === 0 && fits(takingPlaces(chain, names))
      ? names.map((name) => [name, chain] as const)
      : []
  })
  return new Map(swaps)
}

/**
 * The transaction in which packets begin to go to the new chains, the old ones are deleted, and the new ones get their names: what a rule goes
 * to is kept as the chain itself, so that it is called by its new name there, too.
 */
export function takingPlaces(dispatch: WrittenChain, names: readonly string[]): Step {
  const aside = new Map(names.map((name) => [GOES_TO + name, GOES_TO + asideOf(name)]))
  const redirected = ruleLines(dispatch).map((line) => {
    const at = line.lastIndexOf(GOES_TO)
    return at < 0 ? line : line.slice(0, at) + (aside.get(line.slice(at)) ?? line.slice(at))
  })
  return [
    declare(dispatch.name),
    ...redirected.map((line) => `-A ${dispatch.name} ${line}`),
    ...names.flatMap((name) => [declare(name), `-X ${name}`, `-E ${asideOf(name)} ${name}`]),
  ]
}

/** By pods' chains, the one whose rule goes there; undefined where that can't be known. */
function waysTo(
  have: TableState | undefined,
  want: readonly WrittenChain[],
): Map<string, string> | undefined {
  const wanted = new Map(want.map((chain) => [chain.name, chain]))
  const ways = new Map<string, string>()
  for (const [name, state] of have?.chains ?? []) {
    if (!isDispatchChain(name)) continue
    const words = state.words ?? wordsBy(state.hashes(), wanted.get(name))
    if (!words) return undefined
    for (const target of targetsOf(words)) ways.set(target, name)
  }
  return ways
}

/** Rules that have the hashes of others are those. */
function wordsBy(hashes: readonly string[], chain: WrittenChain | undefined): readonly string[] | undefined {
  return chain && isSame(hashes, chain.hashes()) ? chain.words : undefined
}

function targetsOf(words: readonly string[]): string[] {
  return words.flatMap((one) => {
    const at = one.lastIndexOf(GOES_TO)
    const target = one.slice(at + GOES_TO.length)
    return at < 0 || isDispatchChain(target) ? [] : [target]
  })
}
