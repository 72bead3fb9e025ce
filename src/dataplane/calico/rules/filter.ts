import type { FelixChain, FelixRule } from './felix-chain.ts'
import { ALL_MARKS, clear, isClear, isSet, MARK, set } from './marks.ts'
import { CHAIN, setName } from './names.ts'
import { ALL_HOSTS, ALL_VXLAN_HOSTS } from './node-sets.ts'
import { afterHostEndpoint, chainsOf, jumpsTo, VXLAN_PORT, WORKLOADS } from './static.ts'
import type { Surroundings } from './surroundings.ts'
import type { FelixTable } from './tables.ts'

/**
 * Where policy is enforced: on what pods send each other (FORWARD) and send to their node (INPUT). What a node sends to its own pods always
 * passes. Upstream: felix/rules, StaticFilterTableChains and BlockedCIDRsToIptablesChains.
 */
export function filterChains(around: Surroundings, workloads: readonly FelixChain[]): FelixTable {
  const fixed = chainsOf({
    [CHAIN.input]: input(around),
    [CHAIN.forward]: forward(),
    [CHAIN.output]: output(around),
    [CHAIN.workloadToHost]: [
      { action: `--jump ${CHAIN.fromWorkloads}` },
      { comments: ['Configured DefaultEndpointToHostAction'], action: '--jump ACCEPT' },
    ],
    [CHAIN.blockedCidrs]: around.serviceCidrs
      .toSorted()
      .map((cidr) => ({ match: `--destination ${cidr}`, action: '--jump DROP' })),
    [CHAIN.fromHost]: [],
    [CHAIN.toHost]: [],
    [CHAIN.fromHostForward]: [],
    [CHAIN.toHostForward]: [],
  })
  return {
    name: 'filter',
    chains: new Map([...fixed, ...workloads.map((chain) => [chain.name, chain] as const)]),
    first: jumpsTo('INPUT', 'FORWARD', 'OUTPUT'),
    last: [{ name: 'FORWARD', rules: afterForward() }],
  }
}

function input({ ipip, vxlan }: Surroundings): FelixRule[] {
  return [
    ...(ipip ? ipipIn() : []),
    ...(vxlan ? vxlanIn() : []),
    { match: `--in-interface ${WORKLOADS}`, action: `--goto ${CHAIN.workloadToHost}` },
    { match: isSet(MARK.accept), action: '--jump ACCEPT' },
    { action: clear(ALL_MARKS) },
    { action: `--jump ${CHAIN.fromHost}` },
    afterHostEndpoint('ACCEPT'),
  ]
}

function forward(): FelixRule[] {
  return [
    { action: clear(ALL_MARKS & ~MARK.accept) },
    { match: isClear(MARK.accept), action: `--jump ${CHAIN.fromHostForward}` },
    { match: `--in-interface ${WORKLOADS}`, action: `--jump ${CHAIN.fromWorkloads}` },
    { match: `--out-interface ${WORKLOADS}`, action: `--jump ${CHAIN.toWorkloads}` },
    { action: `--jump ${CHAIN.toHostForward}` },
    { action: `--jump ${CHAIN.blockedCidrs}` },
  ]
}

/** At the end of FORWARD: kube-proxy's and others' rules are asked before a packet that policy lets through is accepted. */
function afterForward(): FelixRule[] {
  return [
    { comments: ['Policy explicitly accepted packet.'], match: isSet(MARK.accept), action: '--jump ACCEPT' },
    { action: set(MARK.accept) },
  ]
}

function output({ ipip, vxlan }: Surroundings): FelixRule[] {
  return [
    { match: isSet(MARK.accept), action: '--jump ACCEPT' },
    { match: `--out-interface ${WORKLOADS}`, action: '--jump RETURN' },
    ...(ipip ? ipipOut() : []),
    ...(vxlan ? vxlanOut() : []),
    { action: clear(ALL_MARKS) },
    { match: '-m conntrack ! --ctstate DNAT', action: `--jump ${CHAIN.toHost}` },
    afterHostEndpoint('ACCEPT'),
  ]
}

const LOCAL_TARGET = '-m addrtype --dst-type LOCAL'
const LOCAL_SOURCE = '-m addrtype --src-type LOCAL'
const VXLAN = `-p 17 -m multiport --destination-ports ${VXLAN_PORT}`

function ipipIn(): FelixRule[] {
  return [
    {
      comments: ['Allow IPIP packets from Calico hosts'],
      match: `-p 4 -m set --match-set ${setName(ALL_HOSTS)} src ${LOCAL_TARGET}`,
      action: '--jump ACCEPT',
    },
    { comments: ['Drop IPIP packets from non-Calico hosts'], match: '-p 4', action: '--jump DROP' },
  ]
}

function ipipOut(): FelixRule[] {
  return [
    {
      comments: ['Allow IPIP packets to other Calico hosts'],
      match: `-p 4 -m set --match-set ${setName(ALL_HOSTS)} dst ${LOCAL_SOURCE}`,
      action: '--jump ACCEPT',
    },
  ]
}

function vxlanIn(): FelixRule[] {
  return [
    {
      comments: ['Allow IPv4 VXLAN packets from whitelisted hosts'],
      match: `${VXLAN} -m set --match-set ${setName(ALL_VXLAN_HOSTS)} src ${LOCAL_TARGET}`,
      action: '--jump ACCEPT',
    },
    {
      comments: ['Drop IPv4 VXLAN packets from non-whitelisted hosts'],
      match: `${VXLAN} ${LOCAL_TARGET}`,
      action: '--jump DROP',
    },
  ]
}

function vxlanOut(): FelixRule[] {
  return [
    {
      comments: ['Allow IPv4 VXLAN packets to other whitelisted hosts'],
      match: `${VXLAN} ${LOCAL_SOURCE} -m set --match-set ${setName(ALL_VXLAN_HOSTS)} dst`,
      action: '--jump ACCEPT',
    },
  ]
}
