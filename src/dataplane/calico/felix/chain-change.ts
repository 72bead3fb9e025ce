import { chainEdits, isSame } from './chain-edits.ts'
import { asideOf } from './chain-swap.ts'
import type { ChainState } from './kernel-state.ts'
import { declare, fits, inPieces, type Step } from './transactions.ts'
import { hashAlone, ruleLine, ruleLines, type WrittenChain } from './written-chain.ts'

export interface ChainChange {
  readonly steps: readonly Step[]
  readonly after: ChainState
  /** The steps fill another chain, which has yet to take the place of this one: see chain-swap.ts. */
  readonly isAside?: boolean
}

/** What may be done to a chain. */
export interface Leave {
  /** Hashes alone are a reason to write. */
  readonly mayRenew: boolean
  /** Another can take its place. */
  readonly maySwap: boolean
}

/**
 * A chain shorter than this is written anew when it changes. A longer one is patched: since every hash is also of the rules before, those
 * that stay have to be written again too, but that can wait, as packets don't mind; and so can the right hashes of those that come.
 */
const LONG = 100

/**
 * So many edits a rule cost more than the whole chain where no packet comes: they take twice as long as `-A`, and all that is there has to be
 * read before them. MANY: more than the whole chain behind what is there.
 */
const FEW = 0.5
const MANY = 2

/** From a chain that is there, or is not, to one that should be. */
export function chainChange(have: ChainState | undefined, chain: WrittenChain, leave: Leave): ChainChange {
  if (have === chain) return { steps: [], after: chain }
  if (!have?.words) {
    const isThere = have && isSame(have.hashes(), chain.hashes())
    return isThere ? { steps: [], after: chain } : written(have, chain, leave)
  }
  if (!isSame(have.words, chain.words)) {
    return patched(have, have.words, chain, leave) ?? written(have, chain, leave)
  }
  if (!have.isPatched) return { steps: [], after: chain }
  return leave.mayRenew ? renewed(have, chain, leave) : { steps: [], after: have }
}

function patched(
  have: ChainState,
  words: readonly string[],
  chain: WrittenChain,
  { maySwap }: Leave,
): ChainChange | undefined {
  const { name } = chain
  if (chain.words.length < LONG) return undefined
  const change = chainEdits(words, chain.words)
  const most = maySwap ? FEW * chain.words.length : MANY * words.length
  if (!change || change.edits.length > most) return undefined
  const lines = change.edits.map(({ at, put }) =>
    put === undefined
      ? `-D ${name} ${at}`
      : `-I ${name} ${at} ${ruleLine(chain, put, hashAlone(chain, put))}`,
  )
  const steps = fits(lines) ? [lines] : inUnits(lines)
  if (!steps) return undefined
  const old = have.hashes()
  const hashes = change.left.map(
    (from, index) => (from === undefined ? hashAlone(chain, index) : old[from]) ?? '',
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
function renewed(have: ChainState, chain: WrittenChain, leave: Leave): ChainChange {
  const [old, hashes] = [have.hashes(), chain.hashes()]
  const stale = hashes.flatMap((hash, index) => (hash === old[index] ? [] : [index]))
  if (leave.maySwap && stale.length > FEW * hashes.length) return written(have, chain, leave)
  const lines = stale.map((index) => `-R ${chain.name} ${index + 1} ${ruleLine(chain, index)}`)
  return { steps: inPieces(lines), after: chain }
}

/**
 * The whole chain. One that fits no transaction is filled while nobody jumps to it. Where it can't be, its new rules come after the old ones,
 * and these go from their end: what the old rules that are left don't decide, the new ones do.
 */
function written(have: ChainState | undefined, chain: WrittenChain, { maySwap }: Leave): ChainChange {
  const { name } = chain
  const lines = ruleLines(chain)
  const rulesOf = (to: string) => lines.map((line) => `-A ${to} ${line}`)
  const rules = rulesOf(name)
  if (fits(rules)) return { steps: [[declare(name), ...rules]], after: chain }
  const old = have?.hashes().length ?? 0
  if (old === 0) return { steps: [[declare(name)], ...inPieces(rules)], after: chain }
  if (maySwap) {
    const aside = asideOf(name)
    return { steps: [[declare(aside)], ...inPieces(rulesOf(aside))], after: chain, isAside: true }
  }
  const gone = Array.from({ length: old }, (_, i) => `-D ${name} ${old - i}`)
  return { steps: [...inPieces(rules), ...inPieces(gone)], after: chain }
}
