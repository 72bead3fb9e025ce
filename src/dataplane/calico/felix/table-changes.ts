import { type ChainChange, chainChange } from './chain-change.ts'
import { swappable, takingPlaces } from './chain-swap.ts'
import type { BuiltInRule, TableState } from './kernel-state.ts'
import { declare, type Step, transactions } from './transactions.ts'
import { builtInRules, ruleLines, type WrittenChain, type WrittenTable } from './written-chain.ts'

export interface TableChanges {
  /** For `iptables-restore --noflush`; empty when there is nothing to do. */
  readonly restore: string
  /** What there is after it. */
  readonly after: TableState
}

/**
 * The shortest input that turns what a table has into what it should. Whatever meets a packet between two transactions, it finds a chain as
 * it was or as it will be. Chains come before those that jump to them, and go after.
 * @param renewals how many rules may be written for the sake of their hashes alone, of those that were patched
 */
export function tableChanges(have: TableState | undefined, want: WrittenTable, renewals = 0): TableChanges {
  let left = renewals
  const swaps = swappable(have, want)
  const chains = new Map<string, ChainChange>()
  for (const chain of want.chains) {
    const before = have?.chains.get(chain.name)
    const leave = { mayRenew: left > 0, maySwap: swaps.has(chain.name) }
    chains.set(chain.name, chainChange(before, chain, leave))
    if (before?.isPatched) left -= chain.words.length
  }
  for (const [dispatch, names] of replaced(swaps, chains)) {
    chains.set(dispatch.name, { steps: [takingPlaces(dispatch, names)], after: dispatch })
  }
  const gone = [...(have?.chains.keys() ?? [])].filter((name) => !chains.has(name))
  const steps = [
    ...[...chains.values()].flatMap((change) => change.steps),
    ...builtInSteps(have, want),
    ...gone.map((name) => [declare(name)]),
    ...gone.map((name) => [`-X ${name}`]),
  ]
  return {
    restore: transactions(want.name, steps),
    after: {
      chains: new Map([...chains].map(([name, { after }]) => [name, after])),
      builtIn: builtInRules(want),
    },
  }
}

/** By chains whose rules go there, the names of those that are filled aside. */
function replaced(
  swaps: ReadonlyMap<string, WrittenChain>,
  chains: ReadonlyMap<string, ChainChange>,
): Map<WrittenChain, string[]> {
  const names = new Map<WrittenChain, string[]>()
  for (const [name, dispatch] of swaps) {
    if (chains.get(name)?.isAside) names.set(dispatch, [...(names.get(dispatch) ?? []), name])
  }
  return names
}

/** Whether some chains have rules under hashes of before. */
export function isPatched({ chains }: TableState): boolean {
  return [...chains.values()].some((chain) => chain.isPatched)
}

/** Where ours are not where they should be, all of them are put in anew. Upstream: felix/iptables, ChainInsertMode. */
function builtInSteps(have: TableState | undefined, { first, last, insertMode }: WrittenTable): Step[] {
  return first.map((chain) => {
    const end = last.find(({ name }) => name === chain.name)
    const rules = have?.builtIn.get(chain.name) ?? []
    const [begin, after] = [chain.hashes(), end?.hashes() ?? []]
    const isInPlace =
      insertMode === 'insert' ? areAround(rules, begin, after) : areAround(rules, [], [...begin, ...after])
    if (isInPlace) return []
    const lines = ruleLines(chain)
    return [
      ...rules.filter(({ hash }) => hash).map(({ line }) => `-D ${chain.name} ${line}`),
      ...(insertMode === 'insert'
        ? lines.map((line) => `-I ${chain.name} ${line}`).toReversed()
        : lines.map((line) => `-A ${chain.name} ${line}`)),
      ...(end ? ruleLines(end).map((line) => `-A ${chain.name} ${line}`) : []),
    ]
  })
}

function areAround(
  rules: readonly BuiltInRule[],
  first: readonly string[],
  last: readonly string[],
): boolean {
  const others = Array.from({ length: Math.max(0, rules.length - first.length - last.length) })
  const wanted = [...first, ...others, ...last]
  return rules.length === wanted.length && rules.every(({ hash }, index) => hash === wanted[index])
}
