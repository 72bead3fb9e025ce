import {
  appendedSeed,
  type FelixChain,
  type FelixRule,
  hashIn,
  ruleDigest,
  ruleWords,
} from '../rules/felix-chain.ts'
import type { RenderedTable } from '../rules/tables.ts'
import { sameStart } from './chain-edits.ts'
import type { BuiltInRule, ChainState } from './kernel-state.ts'

/** A chain as it goes to the kernel. */
export interface WrittenChain extends ChainState {
  readonly name: string
  readonly words: readonly string[]
  /** What hashes are made of, of as many rules as have been asked for. */
  readonly digests: readonly string[]
}

export interface WrittenTable extends Pick<RenderedTable, 'insertMode'> {
  readonly name: string
  /** Those that are jumped to before those that jump. */
  readonly chains: readonly WrittenChain[]
  readonly first: readonly WrittenChain[]
  readonly last: readonly WrittenChain[]
}

/** Works out each chain once, for as long as it is the same object; and each rule, which many chains may share. */
export function tableWriter(): (table: RenderedTable) => WrittenTable {
  const known = new WeakMap<FelixChain, WrittenChain>()
  const said = new WeakMap<FelixRule, string>()
  /** By table, the chains of the last time by their seeds. */
  const latest = new Map<string, ReadonlyMap<string, WrittenChain>>()
  return ({ name, chains, first, last, insertMode }) => {
    const now = new Map<string, WrittenChain>()
    const written = (chain: FelixChain, seed: string) => {
      const before = latest.get(name)?.get(seed)
      const after = known.get(chain) ?? writtenChain(chain.name, chain.rules.map(wordsOf), seed, before)
      known.set(chain, after)
      now.set(seed, after)
      return after
    }
    const table = {
      name,
      insertMode,
      chains: [...chains.values()].map((chain) => written(chain, chain.name)),
      first: first.map((chain) => written(chain, chain.name)),
      last: last.map((chain) => written(chain, appendedSeed(chain.name))),
    }
    latest.set(name, now)
    return table
  }

  function wordsOf(rule: FelixRule): string {
    const words = said.get(rule) ?? ruleWords(rule)
    said.set(rule, words)
    return words
  }
}

/**
 * Hashes are worked out when they are asked for: of a long chain that is a good part of what it costs.
 * @param before a chain of the same seed, which may have begun in the same way
 */
export function writtenChain(
  name: string,
  words: readonly string[],
  seed = name,
  before?: WrittenChain,
): WrittenChain {
  const digests = before?.digests.slice(0, sameStart(before.words, words)) ?? []
  const known = digests.map(hashIn)
  return {
    name,
    words,
    digests,
    hashes: (count = words.length) => {
      for (let index = digests.length; index < count; index++) {
        const digest = ruleDigest(seed, digests.at(-1), words[index] ?? '')
        digests.push(digest)
        known.push(hashIn(digest))
      }
      return known
    },
  }
}

/** What follows `-A <chain> ` for one of its rules. */
export function ruleLine(
  { words, hashes }: WrittenChain,
  index: number,
  hash = hashes(index + 1)[index],
): string {
  return `-m comment --comment "cali:${hash}" ${words[index]}`.trimEnd()
}

/** For a rule whose hash can wait, since it takes those of all rules before: the one that it would have as a chain's first. */
export function hashAlone({ name, words }: WrittenChain, index: number): string {
  return hashIn(ruleDigest(name, undefined, words[index] ?? ''))
}

export function ruleLines(chain: WrittenChain): string[] {
  chain.hashes()
  return chain.words.map((_, index) => ruleLine(chain, index))
}

/** What the kernel has in built-in chains once they are written. */
export function builtInRules({ first, last }: WrittenTable): Map<string, BuiltInRule[]> {
  const builtIn = new Map(first.map((chain) => [chain.name, rulesOf(chain)]))
  for (const chain of last) builtIn.set(chain.name, [...(builtIn.get(chain.name) ?? []), ...rulesOf(chain)])
  return builtIn
}

function rulesOf(chain: WrittenChain): BuiltInRule[] {
  const hashes = chain.hashes()
  return ruleLines(chain).map((line, index) => ({ hash: hashes[index], line }))
}
