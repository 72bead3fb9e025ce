import { createHash } from 'node:crypto'

/** A rule in Felix's words, which its hash is made of: `-m set --match-set cali40all-ipam-pools src`, `--jump MASQUERADE`. */
export interface FelixRule {
  readonly match?: string
  readonly action: string
}

export interface FelixChain {
  readonly name: string
  readonly rules: readonly FelixRule[]
}

const LENGTH = 16

/**
 * What stands in each rule's comment after `cali:`: by it Felix knows its rules again, and sees what others have changed. Each depends on
 * the rules before it. Upstream: felix/iptables, RuleHashes.
 */
export function ruleHashes({ name, rules }: FelixChain): string[] {
  let hash = createHash('sha224').update(name).digest()
  return rules.map((rule) => {
    hash = createHash('sha224')
      .update(hash)
      .update(`-A ${name} HASH ${words(rule)}`)
      .digest()
    return hash.toString('base64url').slice(0, LENGTH)
  })
}

/** Lines for iptables-restore --noflush that make a chain anew. */
export function chainLines(chain: FelixChain): string[] {
  return chain.rules.map((rule, index) => `-A ${chain.name} ${commentOf(chain, index)} ${words(rule)}`)
}

/** The comment of a rule as iptables takes it, and as iptables-save prints it. */
export function commentOf(chain: FelixChain, index: number): string {
  return `-m comment --comment "cali:${ruleHashes(chain)[index]}"`
}

function words({ match, action }: FelixRule): string {
  return match ? `${match} ${action}` : action
}
