import type { WorkloadEndpoint } from '../felix/active.ts'
import type { FelixChain, FelixRule } from './felix-chain.ts'
import { clear, isClear, isSet, MARK } from './marks.ts'
import { chainName, type Direction, PREFIX } from './names.ts'
import { ESTABLISHED, VXLAN_PORT } from './static.ts'

/**
 * What becomes of packets to or from a pod: those of known connections pass; policies are asked in order, and the first that decides does;
 * where there are none, or one passes, profiles are. Whatever is left is dropped. Upstream: felix/rules, endpoints.go.
 * @param asking gives {@link askPolicy} of a policy's id
 */
export function endpointChain(
  direction: Direction,
  endpoint: WorkloadEndpoint,
  asking = (id: string) => askPolicy(direction, id),
): FelixChain {
  const { profile } = PREFIX[direction]
  const policies = direction === 'to' ? endpoint.ingress : endpoint.egress
  return {
    name: chainName(PREFIX[direction].endpoint, endpoint.interfaceName),
    rules: [
      { match: ESTABLISHED, action: '--jump ACCEPT' },
      { match: '-m conntrack --ctstate INVALID', action: '--jump DROP' },
      { action: clear(MARK.accept) },
      ...(direction === 'from' ? NO_TUNNELS : []),
      ...(policies.length > 0 ? policyRules(policies.flatMap(asking)) : []),
      ...endpoint.profiles.flatMap((id) => [
        { action: `--jump ${chainName(profile, id)}` },
        returnIfAccepted('Return if profile accepted'),
      ]),
      { comments: ['Drop if no profiles matched'], action: '--jump DROP' },
    ],
  }
}

/** A pod that wraps packets by itself would get around policy. */
const NO_TUNNELS: readonly FelixRule[] = [
  {
    comments: ['Drop VXLAN encapped packets originating in workloads'],
    match: `-p 17 -m multiport --destination-ports ${VXLAN_PORT}`,
    action: '--jump DROP',
  },
  {
    comments: ['Drop IPinIP encapped packets originating in workloads'],
    match: '-p 4',
    action: '--jump DROP',
  },
]

/** What of such a chain is about one policy: the same in the chains of all pods. */
export function askPolicy(direction: Direction, id: string): readonly FelixRule[] {
  const chain = chainName(PREFIX[direction].policy, id)
  return [
    { match: isClear(MARK.pass), action: `--jump ${chain}` },
    returnIfAccepted('Return if policy accepted'),
  ]
}

function policyRules(asked: readonly FelixRule[]): FelixRule[] {
  return [
    { comments: ['Start of policies'], action: clear(MARK.pass) },
    ...asked,
    { comments: ['Drop if no policies passed packet'], match: isClear(MARK.pass), action: '--jump DROP' },
  ]
}

function returnIfAccepted(comment: string): FelixRule {
  return { comments: [comment], match: isSet(MARK.accept), action: '--jump RETURN' }
}
