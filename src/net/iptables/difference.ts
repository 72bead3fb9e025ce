import { renderSpec } from './render.ts'
import type { Chain, Rule, Ruleset, Table } from './rule.ts'

export interface DifferenceOptions {
  /** Which chains are ours: those are rewritten as a whole, and removed when no longer wanted. */
  readonly owns: (chain: string) => boolean
  /** Where our rules in built-in chains go. Those of others there are never touched. */
  readonly jumps: 'first' | 'last'
  /** How to render a rule; give one that remembers where the same rules come again. */
  readonly specOf?: (rule: Rule) => string
}

/**
 * How many lines go into one transaction. iptables-nft sends each as one netlink message, which in a user namespace must
 * fit the socket's default buffer of 416 KiB; a rule takes up to 1.1 KiB.
 */
const LINES_A_COMMIT = 250

/**
 * The shortest `iptables-restore --noflush` input that turns what a machine has into what we want; empty when there is
 * nothing to do. A chain that is the same is not mentioned; one that others jump to comes before them.
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
  const { specOf = renderSpec } = options
  const lines: string[] = []
  for (const chain of calledFirst(want)) {
    const before = have?.get(chain.name)
    if (chain.policy !== undefined) lines.push(...missingRules(before, chain, options.jumps, specOf))
    // Declaring a chain makes it, and empties it if it is there.
    else if (!sameRules(before, chain, specOf)) {
      lines.push(declare(chain.name), ...chain.rules.map((rule) => `-A ${chain.name}${specOf(rule)}`))
    }
  }
  const gone = [...(have?.keys() ?? [])].filter((chain) => options.owns(chain) && !want.has(chain))
  lines.push(...gone.map(declare), ...gone.map((chain) => `-X ${chain}`))
  const commits = Math.ceil(lines.length / LINES_A_COMMIT)
  return Array.from({ length: commits }, (_, i) => {
    return [`*${name}`, ...lines.slice(i * LINES_A_COMMIT, (i + 1) * LINES_A_COMMIT), 'COMMIT', ''].join('\n')
  }).join('')
}

function declare(chain: string): string {
  return `:${chain} - [0:0]`
}

/** Every chain after those it jumps to. */
function calledFirst(table: Table): Chain[] {
  const ordered = new Set<Chain>()
  function visit(chain: Chain): void {
    if (ordered.has(chain)) return
    for (const { target } of chain.rules) {
      const called = target && table.get(target.name)
      if (called && called !== chain) visit(called)
    }
    ordered.add(chain)
  }
  for (const chain of table.values()) visit(chain)
  return [...ordered]
}

/** If one is missing, all of them are put in anew, so that they are in their order again. */
function missingRules(
  have: Chain | undefined,
  want: Chain,
  where: 'first' | 'last',
  specOf: (rule: Rule) => string,
): string[] {
  if (have === want) return []
  const present = new Set(have?.rules.map(specOf))
  const specs = want.rules.map(specOf)
  if (specs.every((spec) => present.has(spec))) return []
  const removed = specs.filter((spec) => present.has(spec)).map((spec) => `-D ${want.name}${spec}`)
  if (where === 'last') return [...removed, ...specs.map((spec) => `-A ${want.name}${spec}`)]
  return [...removed, ...specs.toReversed().map((spec) => `-I ${want.name}${spec}`)]
}

function sameRules(have: Chain | undefined, want: Chain, specOf: (rule: Rule) => string): boolean {
  if (have === want) return true
  return have !== undefined && have.rules.length === want.rules.length && have.rules.every(same)

  function same(rule: Rule, index: number): boolean {
    const wanted = want.rules[index]
    return rule === wanted || (wanted !== undefined && specOf(rule) === specOf(wanted))
  }
}
