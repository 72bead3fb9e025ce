import { appendedHashes, type FelixChain, ruleHashes, ruleLines } from '../rules/felix-chain.ts'
import type { FelixTable } from '../rules/tables.ts'
import type { TableState } from './kernel-state.ts'

/** A chain as it goes to the kernel. */
export interface WrittenChain {
  readonly name: string
  readonly hashes: readonly string[]
  /** What follows `-A <chain> `, a rule each. */
  readonly lines: readonly string[]
}

export interface WrittenTable {
  readonly name: string
  /** Those that are jumped to before those that jump. */
  readonly chains: readonly WrittenChain[]
  readonly first: readonly WrittenChain[]
  readonly last: readonly WrittenChain[]
}

/** Works out each chain once, for as long as it is the same object. */
export function tableWriter(): (table: FelixTable) => WrittenTable {
  const known = new WeakMap<FelixChain, WrittenChain>()
  return ({ name, chains, first, last }) => ({
    name,
    chains: [...chains.values()].map((chain) => written(chain, ruleHashes)),
    first: first.map((chain) => written(chain, ruleHashes)),
    last: last.map((chain) => written(chain, appendedHashes)),
  })

  function written(chain: FelixChain, hashesOf: (chain: FelixChain) => string[]): WrittenChain {
    const before = known.get(chain)
    if (before) return before
    const hashes = hashesOf(chain)
    const after = { name: chain.name, hashes, lines: ruleLines(chain, hashes) }
    known.set(chain, after)
    return after
  }
}

/** What the kernel has of a table once it is written. */
export function stateOf({ chains, first, last }: WrittenTable): TableState {
  const builtIn = new Map(first.map((chain) => [chain.name, rulesOf(chain)]))
  for (const chain of last) builtIn.set(chain.name, [...(builtIn.get(chain.name) ?? []), ...rulesOf(chain)])
  return { chains: new Map(chains.map(({ name, hashes }) => [name, hashes])), builtIn }
}

function rulesOf({ hashes, lines }: WrittenChain) {
  return lines.map((line, index) => ({ hash: hashes[index], line }))
}
