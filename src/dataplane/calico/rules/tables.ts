import type { ActiveSet } from '../felix/active.ts'
import type { FelixChain } from './felix-chain.ts'
import { filterChains } from './filter.ts'
import { mangleChains } from './mangle.ts'
import { natChains } from './nat.ts'
import { rawChains } from './raw.ts'
import { reachable } from './reachable.ts'
import type { Surroundings } from './surroundings.ts'
import { workloadChains } from './workload-chains.ts'

/** What Felix wants in one table. */
export interface FelixTable {
  readonly name: 'raw' | 'mangle' | 'nat' | 'filter'
  /** By name; every one of them is jumped to from a built-in chain, directly or not. */
  readonly chains: ReadonlyMap<string, FelixChain>
  /** Rules at the very beginning of built-in chains; each as a chain of its own, named as the built-in one. */
  readonly first: readonly FelixChain[]
  /** Rules at their end. */
  readonly last: readonly FelixChain[]
}

/** All that Felix writes into iptables on a node. A chain that is made of the same values as before is the same object. */
export type TableRenderer = (active: ActiveSet, around: Surroundings) => FelixTable[]

/** Upstream: felix/dataplane/linux, int_dataplane.go. Chains that nobody jumps to are not written. */
export function tableRenderer(): TableRenderer {
  const renderWorkloads = workloadChains()
  return (active, around) =>
    [rawChains(), mangleChains(), natChains(around), filterChains(around, renderWorkloads(active))].map(
      reachable,
    )
}
