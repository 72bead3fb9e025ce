import { createHash } from 'node:crypto'

const CHAIN_LENGTH = 28
const SET_LENGTH = 31

/** Chains that rules jump to by name. */
export const CHAIN = {
  input: 'cali-INPUT',
  forward: 'cali-FORWARD',
  output: 'cali-OUTPUT',
  prerouting: 'cali-PREROUTING',
  postrouting: 'cali-POSTROUTING',
  workloadToHost: 'cali-wl-to-host',
  fromWorkloads: 'cali-from-wl-dispatch',
  toWorkloads: 'cali-to-wl-dispatch',
  fromHost: 'cali-from-host-endpoint',
  toHost: 'cali-to-host-endpoint',
  fromHostForward: 'cali-from-hep-forward',
  toHostForward: 'cali-to-hep-forward',
  blockedCidrs: 'cali-cidr-block',
  skipReversePath: 'cali-rpf-skip',
  floatingDnat: 'cali-fip-dnat',
  floatingSnat: 'cali-fip-snat',
  natOutgoing: 'cali-nat-outgoing',
} as const

/** What the chains of endpoints, policies and profiles begin with; `to` is a pod's ingress. */
export const PREFIX = {
  to: { endpoint: 'cali-tw-', policy: 'cali-pi-', profile: 'cali-pri-' },
  from: { endpoint: 'cali-fw-', policy: 'cali-po-', profile: 'cali-pro-' },
} as const

export type Direction = keyof typeof PREFIX

/** cali-pri-kns.demo, or cali-pri-_u2Tn2rSoAPffvE7JO6 where that would be too long. Upstream: felix/hashutils, GetLengthLimitedID. */
export function chainName(prefix: string, id: string): string {
  const name = prefix + id
  if (name.length < CHAIN_LENGTH || (name.length === CHAIN_LENGTH && !id.startsWith('_'))) return name
  const hash = createHash('sha256').update(id).digest('base64url')
  return `${prefix}_${hash.slice(0, CHAIN_LENGTH - 1 - prefix.length)}`
}

/** The name of an ipset: cali40s:o1PtQqUEspRKXZ7BgYzWL3y. Upstream: felix/ipsets, NameForMainIPSet. */
export function setName(id: string): string {
  return `cali40${id}`.slice(0, SET_LENGTH)
}

export function ownsChain(name: string): boolean {
  return name.startsWith('cali-')
}

/** Those whose rules go to pods' chains, each of which is gone to by one rule alone. */
export function isDispatchChain(name: string): boolean {
  return name.startsWith(CHAIN.toWorkloads) || name.startsWith(CHAIN.fromWorkloads)
}

export function ownsSet(name: string): boolean {
  return name.startsWith('cali4')
}
