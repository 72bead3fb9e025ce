import { ownsChain, ownsSet } from '../rules/names.ts'

/** A rule of a built-in chain. */
export interface BuiltInRule {
  /** Felix's, of one of its rules. */
  readonly hash: string | undefined
  /** What follows `-A <chain> `. */
  readonly line: string
}

/** A chain of Felix's, as it is in the kernel. */
export interface ChainState {
  /** Of its rules, at least of the first so many; empty for a rule that is somebody else's. Default: of all of them. */
  readonly hashes: (count?: number) => readonly string[]
  /** What its rules say after their hashes; known of those that we have written. */
  readonly words?: readonly string[]
  /** Rules say what they should, but some of them under a hash of before. */
  readonly isPatched?: boolean
}

/** What of a table concerns Felix. */
export interface TableState {
  readonly chains: ReadonlyMap<string, ChainState>
  readonly builtIn: ReadonlyMap<string, readonly BuiltInRule[]>
}

export interface SetState {
  readonly type: string
  /** How many members it may have. */
  readonly maxSize: number
  readonly members: ReadonlySet<string>
}

/** What a node's kernel has of Felix's. */
export interface KernelState {
  readonly tables: ReadonlyMap<string, TableState>
  readonly sets: ReadonlyMap<string, SetState>
  /** The node's own addresses, but for those of tunnels and pods. */
  readonly addresses: readonly string[]
}

/** Prints what {@link readKernelState} reads. */
export const LOOK = 'iptables-save; ipset save; ip -4 route show table local type local'
export const LOOK_AT_SETS = 'ipset save'

const MAX_SIZE = / maxelem (\d+)/
const HASH = /--comment "cali:([\w-]{16})"/

/** Reads iptables-save, `ipset save` and the local routes; other lines are skipped. */
export function readKernelState(text: string): KernelState {
  const tables = new Map<string, { chains: Map<string, string[]>; builtIn: Map<string, BuiltInRule[]> }>()
  let table = { chains: new Map<string, string[]>(), builtIn: new Map<string, BuiltInRule[]>() }
  const sets = new Map<string, { type: string; maxSize: number; members: Set<string> }>()
  const addresses = new Set<string>()

  for (const line of text.split('\n')) {
    const [word = '', name = '', third = '', device = ''] = line.split(' ', 4)
    if (word === '-A') seeRule(name, line.slice(`-A ${name} `.length))
    else if (word.startsWith('*'))
      tables.set(word.slice(1), (table = { chains: new Map(), builtIn: new Map() }))
    else if (word.startsWith(':')) seeChain(word.slice(1))
    else if (word === 'create' && ownsSet(name))
      sets.set(name, { type: third, maxSize: Number(MAX_SIZE.exec(line)?.[1]), members: new Set() })
    else if (word === 'add') sets.get(name)?.members.add(third)
    else if (word === 'local' && !/^(cali|tunl|vxlan\.calico)/.test(device))
      addresses.add(name.replace(/\/.*/, ''))
  }
  return {
    tables: new Map(
      [...tables].map(([name, { chains, builtIn }]) => [name, { chains: statesOf(chains), builtIn }]),
    ),
    sets,
    addresses: [...addresses],
  }

  function seeChain(name: string): void {
    if (ownsChain(name)) table.chains.set(name, [])
    else table.builtIn.set(name, [])
  }

  function seeRule(chain: string, line: string): void {
    const hash = HASH.exec(line)?.[1]
    table.chains.get(chain)?.push(hash ?? '')
    table.builtIn.get(chain)?.push({ hash, line })
  }
}

/** What was seen, where chains that are as they were known to be keep what else is known of them. */
export function recognized(seen: KernelState, known: KernelState): KernelState {
  const tables = [...seen.tables].map(([name, { chains, builtIn }]) => {
    const before = known.tables.get(name)?.chains
    const kept = [...chains].map(([chain, state]) => {
      const old = before?.get(chain)
      return [chain, old && sameHashes(old, state) ? old : state] as const
    })
    return [name, { chains: new Map(kept), builtIn }] as const
  })
  return { ...seen, tables: new Map(tables) }
}

function sameHashes(one: ChainState, other: ChainState): boolean {
  const [a, b] = [one.hashes(), other.hashes()]
  return a.length === b.length && a.every((hash, index) => hash === b[index])
}

function statesOf(chains: ReadonlyMap<string, readonly string[]>): Map<string, ChainState> {
  return new Map([...chains].map(([name, hashes]) => [name, { hashes: () => hashes }]))
}
