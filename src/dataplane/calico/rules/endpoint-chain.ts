import type { WorkloadEndpoint } from '../felix/active.ts'
import type { FelixChain, FelixRule } from './felix-chain.ts'
import { clear, isClear, isSet, MARK } from './marks.ts'
import { chainName, type Direction, PREFIX } from './names.ts'
import { ESTABLISHED, VXLAN_PORT } from './static.ts'

/**
 * What becomes of packets to or from a pod: those of known connections pass; policies are asked in order, and the first that decides does;
 * where there are none, or one passes, profiles are. Whatever is left is dropped. Upstream: felix/rules, endpoints.go.
 */
export function endpointChain(direction: Direction, endpoint: WorkloadEndpoint): FelixChain {
  const { policy, profile } = PREFIX[direction]
  const policies = direction === 'to' ? endpoint.ingress : endpoint.egress
  return {
    name: chainName(PREFIX[direction].endpoint, endpoint.interfaceName),
    rules: [
      { match: ESTABLISHED, action: '--jump ACCEPT' },
      { match: '-m conntrack --ctstate INVALID', action: '--jump DROP' },
      { action: clear(MARK.accept) },
      ...(direction === 'from' ? NO_TUNNELS : []),
      ...(policies.length > 0 ? policyRules(policies.map((id) => chainName(policy, id))) : []),
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

function policyRules(chains: readonly string[]): FelixRule[] {
  return [
    { comments: ['Start of policies'], action: clear(MARK.pass) },
    ...chains.flatMap((chain) => [
      { match: isClear(MARK.pass), action: `--jump ${chain}` },
      returnIfAccepted('Return if policy accepted'),
    ]),
    { comments: ['Drop if no policies passed packet'], match: isClear(MARK.pass), action: '--jump DROP' },
  ]
}

function returnIfAccepted(comment: string): FelixRule {
  return { comments: [comment], match: isSet(MARK.accept), action: '--jump RETURN' }
}
