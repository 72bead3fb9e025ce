import type { FelixChain, FelixRule } from './felix-chain.ts'
import { isSet, type Marks } from './marks.ts'
import type { RuleSettings } from './settings.ts'

/** The interfaces of all pods. */
export function workloadsOf({ interfacePrefixes }: RuleSettings): string[] {
  return interfacePrefixes.map((prefix) => `${prefix}+`)
}

export const ESTABLISHED = '-m conntrack --ctstate RELATED,ESTABLISHED'

/** Chains by name. */
export function chainsOf(rules: Readonly<Record<string, readonly FelixRule[]>>): Map<string, FelixChain> {
  return new Map(Object.entries(rules).map(([name, list]) => [name, { name, rules: list }]))
}

/** A jump from each built-in chain to the one of the same name that is Felix's. */
export function jumpsTo(...builtIn: string[]): FelixChain[] {
  return builtIn.map((name) => ({ name, rules: [{ action: `--jump cali-${name}` }] }))
}

/** What follows a jump to the chains of the node's own interfaces. */
export function afterHostEndpoint(marks: Marks, target: 'ACCEPT' | 'RETURN'): FelixRule {
  return {
    comments: ['Host endpoint policy accepted packet.'],
    match: isSet(marks.accept),
    action: `--jump ${target}`,
  }
}
