import {
  BUILT_IN,
  type Chain,
  type Rule,
  type Target,
  addressType,
  comment,
  ctstate,
  jump,
  mark,
  option,
} from '../../net/iptables/rule.ts'
import { counter } from './entry-rules.ts'
import { CHAIN } from './names.ts'

const MASQUERADE_MARK = '0x4000/0x4000'

/** A table's built-in chains with the jumps that kube-proxy puts first in them. */
export function builtInChains(table: 'mangle' | 'filter' | 'nat'): Chain[] {
  const jumps = table === 'filter' ? FILTER_JUMPS : table === 'nat' ? NAT_JUMPS : {}
  return (BUILT_IN[table] ?? []).map((name) => ({ name, policy: 'ACCEPT', rules: jumps[name] ?? [] }))
}

function to(chain: string, remark: string): Rule {
  return { matches: [comment(remark)], target: jump(chain) }
}

function toWhenNew(chain: string, remark: string): Rule {
  return { matches: [ctstate('NEW'), comment(remark)], target: jump(chain) }
}

const firewall: Rule = { matches: [], target: jump(CHAIN.firewall) }
const proxyFirewall = toWhenNew(CHAIN.proxyFirewall, 'kubernetes load balancer firewall')
const externalServices = toWhenNew(CHAIN.externalServices, 'kubernetes externally-visible service portals')
const services = toWhenNew(CHAIN.services, 'kubernetes service portals')
const portals = to(CHAIN.services, 'kubernetes service portals')

const FILTER_JUMPS: Readonly<Record<string, readonly Rule[]>> = {
  INPUT: [
    firewall,
    proxyFirewall,
    to(CHAIN.nodePorts, 'kubernetes health check service ports'),
    externalServices,
  ],
  FORWARD: [proxyFirewall, to(CHAIN.forward, 'kubernetes forwarding rules'), services, externalServices],
  OUTPUT: [firewall, proxyFirewall, services],
}

const NAT_JUMPS: Readonly<Record<string, readonly Rule[]>> = {
  PREROUTING: [portals],
  OUTPUT: [portals],
  POSTROUTING: [to(CHAIN.postrouting, 'kubernetes postrouting rules')],
}

/** Empty: if it is gone from a table, somebody flushed that table. */
export const canaryChain: Chain = { name: CHAIN.canary, rules: [] }

/** Answers to connections that conntrack knows must pass; a packet it calls invalid would leave untranslated. */
export function forwardChain(nfacct: boolean): Chain {
  const counted = nfacct ? [counter('ct_state_invalid_dropped_pkts')] : []
  return {
    name: CHAIN.forward,
    rules: [
      { matches: [ctstate('INVALID'), ...counted], target: jump('DROP') },
      { matches: [comment('kubernetes forwarding rules'), mark(MASQUERADE_MARK)], target: jump('ACCEPT') },
      {
        matches: [comment('kubernetes forwarding conntrack rule'), ctstate('RELATED,ESTABLISHED')],
        target: jump('ACCEPT'),
      },
    ],
  }
}

/** route_localnet lets 127.0.0.0/8 be translated for node ports; nobody outside may make use of that. */
export const firewallChain: Chain = {
  name: CHAIN.firewall,
  rules: [
    {
      source: { value: '127.0.0.0/8', not: true },
      destination: { value: '127.0.0.0/8' },
      matches: [comment('block incoming localnet connections'), ctstate('RELATED,ESTABLISHED,DNAT', true)],
      target: jump('DROP'),
    },
  ],
}

function setMark(setting: string): Target {
  return jump('MARK', option('--set-xmark', setting))
}

export const markMasqueradeChain: Chain = {
  name: CHAIN.markMasquerade,
  rules: [{ matches: [], target: setMark(MASQUERADE_MARK) }],
}

/** The mark is taken off again, so that a packet that comes back to these rules is not masqueraded twice. */
export const postroutingChain: Chain = {
  name: CHAIN.postrouting,
  rules: [
    { matches: [mark(MASQUERADE_MARK, true)], target: jump('RETURN') },
    { matches: [], target: setMark('0x4000/0x0') },
    {
      matches: [comment('kubernetes service traffic requiring SNAT')],
      target: jump('MASQUERADE', option('--random-fully')),
    },
  ],
}

/** Stays the last rule of KUBE-SERVICES: whatever else is for this machine may be for a node port. */
export const toNodePorts: Rule = {
  matches: [
    comment('kubernetes service nodeports; NOTE: this must be the last rule in this chain'),
    addressType('dst', 'LOCAL'),
  ],
  target: jump(CHAIN.nodePorts),
}
