import type { FelixChain } from './felix-chain.ts'
import type { FelixTable } from './tables.ts'

/** A table without chains that nobody jumps to; those that are jumped to come before those that do. */
export function reachable(table: FelixTable): FelixTable {
  const chains = new Map<string, FelixChain>()
  const begun = new Set<string>()
  // The chains of hundreds of pods may say the same.
  const seen = new Set<string>()
  function visit({ rules }: FelixChain): void {
    for (const { action } of rules) {
      if (action === undefined || seen.has(action)) continue
      seen.add(action)
      const called = table.chains.get(action.slice(action.indexOf(' ') + 1))
      if (!called || begun.has(called.name)) continue
      begun.add(called.name)
      visit(called)
      chains.set(called.name, called)
    }
  }
  for (const chain of [...table.first, ...table.last]) visit(chain)
  return { ...table, chains }
}
