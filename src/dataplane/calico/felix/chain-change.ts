import { chainEdits } from './chain-edits.ts'
import type { ChainState } from './kernel-state.ts'
import { fits, inPieces, type Step } from './transactions.ts'
import { ruleLine, ruleLines, type WrittenChain } from './written-chain.ts'

export interface ChainChange {
  readonly steps: readonly Step[]
  readonly after: ChainState
}

/**
 * A chain shorter than this is written anew when it changes. A longer one is patched: since every hash is also of the rules before, those
 * that stay have to be written again too, but that can wait, as packets don't mind.
 */
const LONG = 100

/** So many edits a rule that is there take longer than to write the chain beside what is there: `-I` costs thrice what `-A` does. */
const MANY = 2

/** From a chain that is there, or is not, to one that should be. @param mayRenew whether hashes alone are a reason to write */
export function chainChange(
  have: ChainState | undefined,
  chain: WrittenChain,
  mayRenew: boolean,
): ChainChange {
  if (have === chain) return { steps: [], after: chain }
  if (!have?.words) {
    const isThere = have && isSame(have.hashes(), chain.hashes())
    return { steps: isThere ? [] : written(have, chain), after: chain }
  }
  if (!isSame(have.words, chain.words)) {
    return patched(have, have.words, chain) ?? { steps: written(have, chain), after: chain }
  }
  if (!have.isPatched) return { steps: [], after: chain }
  return mayRenew ? { steps: renewed(have, chain), after: chain } : { steps: [], after: have }
}

function patched(have: ChainState, words: readonly string[], chain: WrittenChain): ChainChange | undefined {
  const { name } = chain
  if (chain.words.length < LONG) return undefined
  const change = chainEdits(words, chain.words)
  if (!change || change.edits.length > MANY * words.length) return undefined
  const lines = change.edits.map(({ at, put }) =>
    put === undefined ? `-D ${name} ${at}` : `-I ${name} ${at} ${ruleLine(chain, put)}`,
  )
  const steps = fits(lines) ? [lines] : inUnits(lines)
  if (!steps) return undefined
  const old = have.hashes()
  const hashes = change.left.map(
    (from, index) => (from === undefined ? chain.hashes(index + 1)[index] : old[from]) ?? '',
  )
  return { steps, after: { words: chain.words, hashes: () => hashes, isPatched: true } }
}

/**
 * Too many edits for one transaction. Where policies only come, they may do so some at a time, each with the rule after its jump, which
 * returns if it has accepted; undefined where others go.
 */
function inUnits(lines: readonly string[]): Step[] | undefined {
  if (lines.some((line) => line.startsWith('-D'))) return undefined
  const units: string[][] = []
  for (const line of lines) {
    const last = units.at(-1)
    if (last && line.endsWith('--jump RETURN')) last.push(line)
    else units.push([line])
  }
  return units
}

/** Rules as they are, under other hashes. */
function renewed(have: ChainState, chain: WrittenChain): Step[] {
  const [old, hashes] = [have.hashes(), chain.hashes()]
  const stale = hashes.flatMap((hash, index) => (hash === old[index] ? [] : [index]))
  return inPieces(stale.map((index) => `-R ${chain.name} ${index + 1} ${ruleLine(chain, index)}`))
}

/**
 * The whole chain. One that fits no transaction is new, and nobody jumps to it yet. Or else its new rules come after the old ones, and these
 * go from their end: what the old rules that are left don't decide, the new ones do.
 */
function written(have: ChainState | undefined, chain: WrittenChain): Step[] {
  const { name } = chain
  const rules = ruleLines(chain).map((line) => `-A ${name} ${line}`)
  if (fits(rules)) return [[declare(name), ...rules]]
  const old = have?.hashes().length ?? 0
  if (old === 0) return [[declare(name)], ...inPieces(rules)]
  return [...inPieces(rules), ...inPieces(Array.from({ length: old }, (_, i) => `-D ${name} ${old - i}`))]
}

/** Makes a chain, and empties it if it is there. */
export function declare(chain: string): string {
  return `:${chain} - [0:0]`
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one === other || (one.length === other.length && one.every((text, index) => text === other[index]))
}
