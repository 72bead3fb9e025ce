import type { ActiveSet } from '../felix/active.ts'
import type { FelixChain } from './felix-chain.ts'
import { filterChains } from './filter.ts'
import { mangleChains } from './mangle.ts'
import { natChains } from './nat.ts'
import { rawChains } from './raw.ts'
import { reachable } from './reachable.ts'
import { MANIFEST_SETTINGS, type RuleSettings } from './settings.ts'
import type { Surroundings } from './surroundings.ts'
import { workloadChains } from './workload-chains.ts'

/** What Felix wants in one table. */
export interface FelixTable {
  readonly name: 'raw' | 'mangle' | 'nat' | 'filter'
  /** By name; every one of them is jumped to from a built-in chain, directly or not. */
  readonly chains: ReadonlyMap<string, FelixChain>
  /** Rules at the very beginning of built-in chains, or at the end, before `last`; each as a chain of its own, named as the built-in one. */
  readonly first: readonly FelixChain[]
  /** Rules at their end. */
  readonly last: readonly FelixChain[]
}

/** All that Felix writes into iptables on a node. A chain that is made of the same values as before is the same object. */
export type TableRenderer = (active: ActiveSet, around: Surroundings) => RenderedTable[]

export interface RenderedTable extends FelixTable, Pick<RuleSettings, 'insertMode'> {}

/** Upstream: felix/dataplane/linux, int_dataplane.go. Chains that nobody jumps to are not written. */
export function tableRenderer(): TableRenderer {
  let known = ''
  let renderWorkloads = workloadChains(MANIFEST_SETTINGS)
  return (active, around) => {
    const { settings } = around
    const text = JSON.stringify(settings)
    if (known !== text) renderWorkloads = workloadChains(settings)
    known = text
    const workloads = renderWorkloads(active)
    const tables = [
      rawChains(settings),
      mangleChains(settings),
      natChains(around),
      filterChains(around, workloads),
    ]
    return tables.map((table) => ({ ...reachable(table), insertMode: settings.insertMode }))
  }
}
