import {
  appendedSeed,
  chainHasher,
  type FelixChain,
  type FelixRule,
  ruleWords,
} from '../rules/felix-chain.ts'
import type { RenderedTable } from '../rules/tables.ts'
import type { BuiltInRule, ChainState } from './kernel-state.ts'

/** A chain as it goes to the kernel. */
export interface WrittenChain extends ChainState {
  readonly name: string
  readonly words: readonly string[]
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
  return ({ name, chains, first, last, insertMode }) => ({
    name,
    insertMode,
    chains: [...chains.values()].map((chain) => written(chain, chain.name)),
    first: first.map((chain) => written(chain, chain.name)),
    last: last.map((chain) => written(chain, appendedSeed(chain.name))),
  })

  function written(chain: FelixChain, seed: string): WrittenChain {
    const after = known.get(chain) ?? writtenChain(chain.name, chain.rules.map(wordsOf), seed)
    known.set(chain, after)
    return after
  }

  function wordsOf(rule: FelixRule): string {
    const words = said.get(rule) ?? ruleWords(rule)
    said.set(rule, words)
    return words
  }
}

/** Hashes are worked out when they are asked for: of a long chain that is a good part of what it costs. */
export function writtenChain(name: string, words: readonly string[], seed = name): WrittenChain {
  const next = chainHasher(seed)
  const known: string[] = []
  return {
    name,
    words,
    hashes: (count = words.length) => {
      while (known.length < count) known.push(next(words[known.length] ?? ''))
      return known
    },
  }
}

/** What follows `-A <chain> ` for one of its rules. */
export function ruleLine({ words, hashes }: WrittenChain, index: number): string {
  return `-m comment --comment "cali:${hashes(index + 1)[index]}" ${words[index]}`.trimEnd()
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
