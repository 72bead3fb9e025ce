import type { ActiveRule, RuleAction, Side } from '../felix/active.ts'
import type { FelixRule } from './felix-chain.ts'
import { isSet, set } from './marks.ts'
import { matchBlocks } from './match-blocks.ts'
import { matchOf } from './rule-match.ts'
import type { RuleSettings } from './settings.ts'

/**
 * The iptables rules that one rule of a policy becomes. `allow` and `pass` set a mark that the endpoint's chain looks at, and leave the
 * policy. Upstream: felix/rules, ProtoRuleToIptablesRules.
 */
export function policyRule(rule: ActiveRule, settings: RuleSettings): FelixRule[] {
  const [src, dst] = [ofIPv4(rule.src), ofIPv4(rule.dst)]
  if (!src || !dst) return []
  const { blocks, rest } = matchBlocks({ ...rule, src, dst }, settings.marks)
  const words = [...matchOf(rest), ...(blocks.length > 0 ? [isSet(settings.marks.scratch)] : [])]
  const match = words.length > 0 ? { match: words.join(' ') } : {}
  const rules = [...blocks, ...actions(rule.action, match, settings)]
  return rule.notes ? rules.map((one) => ({ ...one, comments: rule.notes })) : rules
}

function actions(
  action: RuleAction,
  match: { readonly match?: string },
  { marks, logPrefix }: RuleSettings,
): FelixRule[] {
  if (action === 'deny') return [{ ...match, action: '--jump DROP' }]
  // The colon is Felix's own.
  if (action === 'log')
    return [{ ...match, action: `--jump LOG --log-prefix "${logPrefix}: " --log-level 5` }]
  const mark = action === 'allow' ? marks.accept : marks.pass
  return [
    { ...match, action: set(mark) },
    { match: isSet(mark), action: '--jump RETURN' },
  ]
}

/**
 * Without IPv6 nets; undefined when a list had no others, which is then no rule of IPv4's, and when no address at all is left: iptables
 * refuses to say that, and upstream's Felix dies of it.
 */
function ofIPv4(side: Side): Side | undefined {
  const [nets, notNets] = [side.nets, side.notNets].map((list) => list.filter((cidr) => !cidr.includes(':')))
  const isEmptied = (before: readonly string[], after: readonly string[]) =>
    before.length > 0 && after.length === 0
  if (!nets || !notNets || isEmptied(side.nets, nets) || isEmptied(side.notNets, notNets)) return undefined
  if (notNets.some((cidr) => cidr.endsWith('/0'))) return undefined
  return { ...side, nets, notNets }
}
