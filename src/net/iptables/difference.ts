import { renderRule, renderSpec } from './render.ts'
import type { Chain, Rule, Ruleset, Table } from './rule.ts'

export interface DifferenceOptions {
  /** Which chains are ours: those are rewritten as a whole, and removed when no longer wanted. */
  readonly owns: (chain: string) => boolean
  /** Where our rules in built-in chains go. Those of others there are never touched. */
  readonly jumps: 'first' | 'last'
}

/**
 * The shortest `iptables-restore --noflush` input that turns what a machine has into what we want; empty when there is
 * nothing to do. A chain that is the same is not mentioned.
 */
export function difference(have: Ruleset, want: Ruleset, options: DifferenceOptions): string {
  return [...want].map(([name, table]) => tableDifference(name, have.get(name), table, options)).join('')
}

function tableDifference(
  name: string,
  have: Table | undefined,
  want: Table,
  options: DifferenceOptions,
): string {
  if (have === want) return ''
  const chains = [...want.values()]
  const changed = chains.filter(
    (chain) => chain.policy === undefined && !sameRules(have?.get(chain.name), chain),
  )
  const gone = [...(have?.keys() ?? [])].filter((chain) => options.owns(chain) && !want.has(chain))
  const builtIn = chains.filter((chain) => chain.policy !== undefined)
  const lines = [
    // Declaring a chain makes it, and empties it if it is there.
    ...[...changed.map((chain) => chain.name), ...gone].map((chain) => `:${chain} - [0:0]`),
    ...builtIn.flatMap((chain) => missingRules(have?.get(chain.name), chain, options.jumps)),
    ...changed.flatMap((chain) => chain.rules.map((rule) => renderRule(chain.name, rule))),
    ...gone.map((chain) => `-X ${chain}`),
  ]
  return lines.length > 0 ? [`*${name}`, ...lines, 'COMMIT', ''].join('\n') : ''
}

/** If one is missing, all of them are put in anew, so that they are in their order again. */
function missingRules(have: Chain | undefined, want: Chain, where: 'first' | 'last'): string[] {
  const present = new Set(have?.rules.map(renderSpec))
  const specs = want.rules.map(renderSpec)
  if (specs.every((spec) => present.has(spec))) return []
  const removed = specs.filter((spec) => present.has(spec)).map((spec) => `-D ${want.name}${spec}`)
  if (where === 'last') return [...removed, ...specs.map((spec) => `-A ${want.name}${spec}`)]
  return [...removed, ...specs.toReversed().map((spec) => `-I ${want.name}${spec}`)]
}

function sameRules(have: Chain | undefined, want: Chain): boolean {
  if (have === want) return true
  return have !== undefined && have.rules.length === want.rules.length && have.rules.every(same)

  function same(rule: Rule, index: number): boolean {
    const wanted = want.rules[index]
    return rule === wanted || (wanted !== undefined && renderSpec(rule) === renderSpec(wanted))
  }
}
