import type { ActiveRule, PortRange, Side } from '../felix/active.ts'
import { setName } from './names.ts'

/** As many as a multiport match takes; a range counts twice. */
const PORT_SLOTS = 15

export type End = 'src' | 'dst'
const OPTIONS = {
  src: { net: '--source', ports: '--source-ports' },
  dst: { net: '--destination', ports: '--destination-ports' },
} as const

/**
 * The matches of a rule, at most one net a side left in it, in Felix's order: what has to hold, then what must not. Upstream: felix/rules,
 * CalculateRuleMatch.
 */
export function matchOf(rule: ActiveRule): string[] {
  const { protocol, notProtocol, icmp, notIcmp, src, dst } = rule
  return [
    ...protocolMatch(protocol),
    ...positive('src', src),
    ...positive('dst', dst),
    ...(icmp ? [`-m icmp --icmp-type ${icmpType(icmp)}`] : []),
    ...(notProtocol === undefined ? [] : [`! -p ${notProtocol}`]),
    ...negative('src', src),
    ...negative('dst', dst),
    ...(notIcmp ? [`-m icmp ! --icmp-type ${icmpType(notIcmp)}`] : []),
  ]
}

export function protocolMatch(protocol: ActiveRule['protocol']): string[] {
  return protocol === undefined ? [] : [`-p ${protocol}`]
}

export function netMatch(end: End, cidr: string): string {
  return `${OPTIONS[end].net} ${cidr}`
}

export function portsMatch(end: End, ports: readonly PortRange[], not = ''): string {
  const list = ports.map(({ first, last }) => (first === last ? `${first}` : `${first}:${last}`))
  return `-m multiport ${not}${OPTIONS[end].ports} ${list.join(',')}`
}

export function namedPortMatch(end: End, id: string, not = ''): string {
  return `-m set ${not}--match-set ${setName(id)} ${end},${end}`
}

/** Groups that fit a multiport match each. */
export function splitPorts(ports: readonly PortRange[]): PortRange[][] {
  const groups: PortRange[][] = []
  let free = 0
  for (const range of ports) {
    const slots = range.first === range.last ? 1 : 2
    if (slots > free) {
      groups.push([])
      free = PORT_SLOTS
    }
    groups.at(-1)?.push(range)
    free -= slots
  }
  return groups
}

function positive(end: End, side: Side): string[] {
  return [
    ...side.nets.map((cidr) => netMatch(end, cidr)),
    ...side.ipSets.map((id) => `-m set --match-set ${setName(id)} ${end}`),
    ...(side.services ?? []).map((id) => namedPortMatch(end, id)),
    ...(side.ports.length > 0 ? [portsMatch(end, side.ports)] : []),
    ...side.namedPorts.map((id) => namedPortMatch(end, id)),
  ]
}

function negative(end: End, side: Side): string[] {
  return [
    ...side.notNets.map((cidr) => `! ${netMatch(end, cidr)}`),
    ...side.notIpSets.map((id) => `-m set ! --match-set ${setName(id)} ${end}`),
    ...splitPorts(side.notPorts).map((ports) => portsMatch(end, ports, '! ')),
    ...side.notNamedPorts.map((id) => namedPortMatch(end, id, '! ')),
  ]
}

function icmpType({ type, code }: { readonly type: number; readonly code?: number }): string {
  return code === undefined ? String(type) : `${type}/${code}`
}
