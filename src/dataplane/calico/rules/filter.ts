import type { FelixChain, FelixRule } from './felix-chain.ts'
import { allOf, clear, isClear, isSet, set } from './marks.ts'
import { CHAIN, setName } from './names.ts'
import { ALL_HOSTS, ALL_VXLAN_HOSTS } from './node-sets.ts'
import type { RuleSettings } from './settings.ts'
import { afterHostEndpoint, chainsOf, jumpsTo, workloadsOf } from './static.ts'
import type { Surroundings } from './surroundings.ts'
import type { FelixTable } from './tables.ts'

/**
 * Where policy is enforced: on what pods send each other (FORWARD) and send to their node (INPUT). What a node sends to its own pods always
 * passes. Upstream: felix/rules, StaticFilterTableChains and BlockedCIDRsToIptablesChains.
 */
export function filterChains(around: Surroundings, workloads: readonly FelixChain[]): FelixTable {
  const { endpointToHost, serviceLoop } = around.settings
  const fixed = chainsOf({
    [CHAIN.input]: input(around),
    [CHAIN.forward]: forward(around.settings),
    [CHAIN.output]: output(around),
    [CHAIN.workloadToHost]: [
      { action: `--jump ${CHAIN.fromWorkloads}` },
      { comments: ['Configured DefaultEndpointToHostAction'], action: `--jump ${endpointToHost}` },
    ],
    [CHAIN.blockedCidrs]: (serviceLoop ? around.serviceCidrs : [])
      .toSorted()
      .map((cidr) => ({ match: `--destination ${cidr}`, action: `--jump ${serviceLoop}` })),
    [CHAIN.fromHost]: [],
    [CHAIN.toHost]: [],
    [CHAIN.fromHostForward]: [],
    [CHAIN.toHostForward]: [],
  })
  return {
    name: 'filter',
    chains: new Map([...fixed, ...workloads.map((chain) => [chain.name, chain] as const)]),
    first: jumpsTo('INPUT', 'FORWARD', 'OUTPUT'),
    last: [{ name: 'FORWARD', rules: afterForward(around.settings) }],
  }
}

function input({ ipip, vxlan, settings }: Surroundings): FelixRule[] {
  const { marks, filterAllow } = settings
  return [
    ...(ipip ? ipipIn(settings) : []),
    ...(vxlan ? vxlanIn(settings) : []),
    ...workloadsOf(settings).map((pods) => ({
      match: `--in-interface ${pods}`,
      action: `--goto ${CHAIN.workloadToHost}`,
    })),
    { match: isSet(marks.accept), action: `--jump ${filterAllow}` },
    { action: clear(allOf(marks)) },
    { action: `--jump ${CHAIN.fromHost}` },
    afterHostEndpoint(marks, filterAllow),
  ]
}

function forward(settings: RuleSettings): FelixRule[] {
  const { marks } = settings
  return [
    { action: clear(allOf(marks) - marks.accept) },
    { match: isClear(marks.accept), action: `--jump ${CHAIN.fromHostForward}` },
    ...workloadsOf(settings).flatMap((pods) => [
      { match: `--in-interface ${pods}`, action: `--jump ${CHAIN.fromWorkloads}` },
      { match: `--out-interface ${pods}`, action: `--jump ${CHAIN.toWorkloads}` },
    ]),
    { action: `--jump ${CHAIN.toHostForward}` },
    { action: `--jump ${CHAIN.blockedCidrs}` },
  ]
}

/** At the end of FORWARD: kube-proxy's and others' rules are asked before a packet that policy lets through is accepted. */
function afterForward({ marks, filterAllow }: RuleSettings): FelixRule[] {
  return [
    {
      comments: ['Policy explicitly accepted packet.'],
      match: isSet(marks.accept),
      action: `--jump ${filterAllow}`,
    },
    { action: set(marks.accept) },
  ]
}

function output({ ipip, vxlan, settings }: Surroundings): FelixRule[] {
  const { marks, filterAllow } = settings
  return [
    { match: isSet(marks.accept), action: `--jump ${filterAllow}` },
    ...workloadsOf(settings).map((pods) => ({ match: `--out-interface ${pods}`, action: '--jump RETURN' })),
    ...(ipip ? ipipOut(settings) : []),
    ...(vxlan ? vxlanOut(settings) : []),
    { action: clear(allOf(marks)) },
    { match: '-m conntrack ! --ctstate DNAT', action: `--jump ${CHAIN.toHost}` },
    afterHostEndpoint(marks, filterAllow),
  ]
}

const LOCAL_TARGET = '-m addrtype --dst-type LOCAL'
const LOCAL_SOURCE = '-m addrtype --src-type LOCAL'

function ipipIn({ filterAllow }: RuleSettings): FelixRule[] {
  return [
    {
      comments: ['Allow IPIP packets from Calico hosts'],
      match: `-p 4 -m set --match-set ${setName(ALL_HOSTS)} src ${LOCAL_TARGET}`,
      action: `--jump ${filterAllow}`,
    },
    { comments: ['Drop IPIP packets from non-Calico hosts'], match: '-p 4', action: '--jump DROP' },
  ]
}

function ipipOut({ filterAllow }: RuleSettings): FelixRule[] {
  return [
    {
      comments: ['Allow IPIP packets to other Calico hosts'],
      match: `-p 4 -m set --match-set ${setName(ALL_HOSTS)} dst ${LOCAL_SOURCE}`,
      action: `--jump ${filterAllow}`,
    },
  ]
}

function vxlanIn({ filterAllow, vxlanPort }: RuleSettings): FelixRule[] {
  const packets = `-p 17 -m multiport --destination-ports ${vxlanPort}`
  return [
    {
      comments: ['Allow IPv4 VXLAN packets from whitelisted hosts'],
      match: `${packets} -m set --match-set ${setName(ALL_VXLAN_HOSTS)} src ${LOCAL_TARGET}`,
      action: `--jump ${filterAllow}`,
    },
    {
      comments: ['Drop IPv4 VXLAN packets from non-whitelisted hosts'],
      match: `${packets} ${LOCAL_TARGET}`,
      action: '--jump DROP',
    },
  ]
}

function vxlanOut({ filterAllow, vxlanPort }: RuleSettings): FelixRule[] {
  const packets = `-p 17 -m multiport --destination-ports ${vxlanPort}`
  return [
    {
      comments: ['Allow IPv4 VXLAN packets to other whitelisted hosts'],
      match: `${packets} ${LOCAL_SOURCE} -m set --match-set ${setName(ALL_VXLAN_HOSTS)} dst`,
      action: `--jump ${filterAllow}`,
    },
  ]
}
