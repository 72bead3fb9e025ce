import { hash } from 'node:crypto'

/** A rule in Felix's words, which its hash is made of: `-m set --match-set cali40all-ipam-pools src`, `--jump MASQUERADE`. */
export interface FelixRule {
  readonly comments?: readonly string[]
  readonly match?: string
  /** Absent: the rule only says its comment. */
  readonly action?: string
}

export interface FelixChain {
  readonly name: string
  readonly rules: readonly FelixRule[]
}

const LENGTH = 16
const COMMENT_LENGTH = 256

/**
 * What stands in each rule's comment after `cali:`: by it Felix knows its rules again, and sees what others have changed. Each depends on
 * the rules before it. Upstream: felix/iptables, RuleHashes.
 */
export function ruleHashes({ name, rules }: FelixChain): string[] {
  const next = chainHasher(name)
  return rules.map((rule) => next(ruleWords(rule)))
}

/** Gives the hash of a chain's first rule, then of its second and so on. @param seed {@link appendedSeed}, or the chain's name */
export function chainHasher(seed: string): (words: string) => string {
  let last = hash('sha224', seed, 'buffer')
  return (words) => {
    const text = Buffer.from(`-A ${seed} HASH ${words}`.trimEnd())
    last = hash('sha224', Buffer.concat([last, text]), 'buffer')
    return last.toString('base64url').slice(0, LENGTH)
  }
}

/** Of rules at the end of a built-in chain, which have to differ from those at its beginning. */
export function appendedHashes({ name, rules }: FelixChain): string[] {
  return ruleHashes({ name: appendedSeed(name), rules })
}

export function appendedSeed(name: string): string {
  return `${name}*appends*`
}

/** A rule as it is said after its hash. */
export function ruleWords({ comments = [], match, action }: FelixRule): string {
  const said = comments.map((text) => `-m comment --comment "${safe(text)}"`)
  return [...said, match, action].filter(Boolean).join(' ')
}

/** Quotes and the like would end the comment. */
function safe(comment: string): string {
  return comment.replaceAll(/[^\w @%+=:,./-]/g, '_').slice(0, COMMENT_LENGTH)
}
