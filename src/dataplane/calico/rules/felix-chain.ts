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
  let last: string | undefined
  return rules.map((rule) => hashIn((last = ruleDigest(name, last, ruleWords(rule)))))
}

/**
 * What a rule's hash is the beginning of ({@link hashIn}).
 * @param seed {@link appendedSeed}, or the chain's name
 * @param last of the rule before; undefined for a chain's first
 */
export function ruleDigest(seed: string, last: string | undefined, words: string): string {
  const before = Buffer.from(last ?? hash('sha224', seed, 'base64url'), 'base64url')
  const text = Buffer.from(`-A ${seed} HASH ${words}`.trimEnd())
  return hash('sha224', Buffer.concat([before, text]), 'base64url')
}

export function hashIn(digest: string): string {
  return digest.slice(0, LENGTH)
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
