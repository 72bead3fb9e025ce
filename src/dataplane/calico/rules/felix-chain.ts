import { createHash } from 'node:crypto'

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
  let hash = createHash('sha224').update(name).digest()
  return rules.map((rule) => {
    hash = createHash('sha224')
      .update(hash)
      .update(`-A ${name} HASH ${words(rule)}`.trimEnd())
      .digest()
    return hash.toString('base64url').slice(0, LENGTH)
  })
}

/** Of rules at the end of a built-in chain, which have to differ from those at its beginning. */
export function appendedHashes({ name, rules }: FelixChain): string[] {
  return ruleHashes({ name: `${name}*appends*`, rules })
}

/** What follows `-A <chain> ` or `-I <chain> ` for each rule of a chain. */
export function ruleLines(chain: FelixChain, hashes = ruleHashes(chain)): string[] {
  return chain.rules.map((rule, index) =>
    `-m comment --comment "cali:${hashes[index]}" ${words(rule)}`.trimEnd(),
  )
}

function words({ comments = [], match, action }: FelixRule): string {
  const said = comments.map((text) => `-m comment --comment "${safe(text)}"`)
  return [...said, match, action].filter(Boolean).join(' ')
}

/** Quotes and the like would end the comment. */
function safe(comment: string): string {
  return comment.replaceAll(/[^\w @%+=:,./-]/g, '_').slice(0, COMMENT_LENGTH)
}
