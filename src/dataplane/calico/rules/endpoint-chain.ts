import type { WorkloadEndpoint } from '../felix/active.ts'
import type { FelixChain, FelixRule } from './felix-chain.ts'
import { clear, isClear, isSet, type Marks, set } from './marks.ts'
import { chainName, type Direction, PREFIX } from './names.ts'
import type { RuleSettings } from './settings.ts'
import { ESTABLISHED } from './static.ts'

/**
 * What becomes of packets to or from a pod: those of known connections pass; policies are asked in order, and the first that decides does;
 * where there are none, or one passes, profiles are. Whatever is left is dropped. Upstream: felix/rules, endpoints.go.
 * @param asking gives {@link askPolicy} of a policy's id
 */
export function endpointChain(
  direction: Direction,
  endpoint: WorkloadEndpoint,
  settings: RuleSettings,
  asking: (id: string) => readonly FelixRule[],
): FelixChain {
  const { marks, dropsInvalid } = settings
  const { profile } = PREFIX[direction]
  const policies = direction === 'to' ? endpoint.ingress : endpoint.egress
  return {
    name: chainName(PREFIX[direction].endpoint, endpoint.interfaceName),
    rules: [
      ...established(settings),
      ...(dropsInvalid ? [{ match: '-m conntrack --ctstate INVALID', action: '--jump DROP' }] : []),
      { action: clear(marks.accept) },
      ...(direction === 'from' ? noTunnels(settings) : []),
      ...(policies.length > 0 ? policyRules(policies.flatMap(asking), marks) : []),
      ...endpoint.profiles.flatMap((id) => [
        { action: `--jump ${chainName(profile, id)}` },
        returnIfAccepted(marks, 'Return if profile accepted'),
      ]),
      { comments: ['Drop if no profiles matched'], action: '--jump DROP' },
    ],
  }
}

/** Whoever is to look at them after Felix sees by the mark that they may pass. */
function established({ marks, filterAllow }: RuleSettings): FelixRule[] {
  const isMarked = filterAllow === 'RETURN'
  return [
    ...(isMarked ? [{ match: ESTABLISHED, action: set(marks.accept) }] : []),
    { match: ESTABLISHED, action: `--jump ${filterAllow}` },
  ]
}

/** A pod that wraps packets by itself would get around policy. */
function noTunnels({ vxlanPort, allowedTunnels }: RuleSettings): FelixRule[] {
  const vxlan = {
    comments: ['Drop VXLAN encapped packets originating in workloads'],
    match: `-p 17 -m multiport --destination-ports ${vxlanPort}`,
    action: '--jump DROP',
  }
  const ipip = {
    comments: ['Drop IPinIP encapped packets originating in workloads'],
    match: '-p 4',
    action: '--jump DROP',
  }
  return [...(allowedTunnels.vxlan ? [] : [vxlan]), ...(allowedTunnels.ipip ? [] : [ipip])]
}

/** What of such a chain is about one policy: the same in the chains of all pods. */
export function askPolicy(direction: Direction, id: string, marks: Marks): readonly FelixRule[] {
  const chain = chainName(PREFIX[direction].policy, id)
  return [
    { match: isClear(marks.pass), action: `--jump ${chain}` },
    returnIfAccepted(marks, 'Return if policy accepted'),
  ]
}

function policyRules(asked: readonly FelixRule[], marks: Marks): FelixRule[] {
  return [
    { comments: ['Start of policies'], action: clear(marks.pass) },
    ...asked,
    { comments: ['Drop if no policies passed packet'], match: isClear(marks.pass), action: '--jump DROP' },
  ]
}

function returnIfAccepted(marks: Marks, comment: string): FelixRule {
  return { comments: [comment], match: isSet(marks.accept), action: '--jump RETURN' }
}
