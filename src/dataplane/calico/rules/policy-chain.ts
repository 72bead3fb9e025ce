import type { RuleSet } from '../felix/active.ts'
import type { FelixChain, FelixRule } from './felix-chain.ts'
import { chainName, type Direction, PREFIX } from './names.ts'
import { policyRule } from './policy-rule.ts'
import type { RuleSettings } from './settings.ts'

/**
 * The chain of a policy's or a profile's rules for one direction. Its first rule says what it is of, even when there is none. Upstream:
 * felix/rules, policy.go.
 */
export function policyChain(
  kind: 'policy' | 'profile',
  direction: Direction,
  id: string,
  rules: RuleSet,
  settings: RuleSettings,
): FelixChain {
  const list = direction === 'to' ? rules.inbound : rules.outbound
  const [first = {}, ...rest] = list.flatMap((rule) => policyRule(rule, settings))
  const title = `${kind === 'policy' ? 'Policy' : 'Profile'} ${id} ${direction === 'to' ? 'ingress' : 'egress'}`
  const titled: FelixRule = { ...first, comments: [...(first.comments ?? []), title] }
  return { name: chainName(PREFIX[direction][kind], id), rules: [titled, ...rest] }
}
