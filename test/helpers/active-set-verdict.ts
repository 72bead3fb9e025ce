import type {
  ActiveRule,
  ActiveSet,
  IpSet,
  RuleSet,
  Side,
  WorkloadEndpoint,
} from '../../src/dataplane/calico/felix/active.ts'
import { contains } from '../../src/net/cidr.ts'

/** A packet that begins a connection. ICMP has a type instead of a port. */
export interface Packet {
  readonly source: string
  readonly destination: string
  /** As iptables names it. */
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'icmp'
  readonly sourcePort: number
  readonly port: number
}

const NUMBERS = { icmp: 1, tcp: 6, udp: 17, sctp: 132 }

type Asked = {
  readonly policies: readonly ActiveRule[]
  readonly profiles: readonly ActiveRule[]
  readonly governed: boolean
}

/** What rules made of an ActiveSet would do: the endpoint that sends a packet is asked first, then the one that gets it. */
export function packetFilter(active: ActiveSet): (packet: Packet) => boolean {
  const side = (direction: 'ingress' | 'egress') => {
    const asked = new Map(
      active.endpoints.flatMap((endpoint) =>
        endpoint.addresses.map((address) => [address, askedBy(active, endpoint, direction)] as const),
      ),
    )
    return (address: string, packet: Packet) => passes(active, asked.get(address), packet)
  }
  const [egress, ingress] = [side('egress'), side('ingress')]
  return (packet) => egress(packet.source, packet) && ingress(packet.destination, packet)
}

function askedBy(active: ActiveSet, endpoint: WorkloadEndpoint, direction: 'ingress' | 'egress'): Asked {
  const rulesOf = (rules: RuleSet | undefined) =>
    (direction === 'ingress' ? rules?.inbound : rules?.outbound) ?? []
  return {
    policies: endpoint[direction].flatMap((id) => rulesOf(active.policies.get(id))),
    profiles: endpoint.profiles.flatMap((name) => rulesOf(active.profiles.get(name))),
    governed: endpoint[direction].length > 0,
  }
}

function passes(active: ActiveSet, asked: Asked | undefined, packet: Packet): boolean {
  if (!asked) return true
  const decided = firstAction(active, asked.policies, packet)
  if (asked.governed && decided !== 'next-tier') return decided === 'allow'
  return firstAction(active, asked.profiles, packet) === 'allow'
}

function firstAction({ ipSets }: ActiveSet, rules: readonly ActiveRule[], packet: Packet) {
  return rules.find((rule) => rule.action !== 'log' && matches(ipSets, rule, packet))?.action
}

function matches(sets: ActiveSet['ipSets'], rule: ActiveRule, packet: Packet): boolean {
  const { protocol, notProtocol, icmp, notIcmp } = rule
  const isProtocol = (one: string | number) => one === packet.protocol || one === NUMBERS[packet.protocol]
  const isIcmp = (one: { type: number }) => packet.protocol === 'icmp' && one.type === packet.port
  return (
    (protocol === undefined || isProtocol(protocol)) &&
    (notProtocol === undefined || !isProtocol(notProtocol)) &&
    (!icmp || isIcmp(icmp)) &&
    (!notIcmp || !isIcmp(notIcmp)) &&
    sideMatches(sets, rule.src, packet, packet.source, packet.sourcePort) &&
    sideMatches(sets, rule.dst, packet, packet.destination, packet.port)
  )
}

function sideMatches(
  sets: ActiveSet['ipSets'],
  side: Side,
  packet: Packet,
  address: string,
  port: number,
): boolean {
  const inSet = (id: string) => hasAddress(setOf(sets, id), address)
  const inPortSet = (id: string) => setOf(sets, id).members.has(`${address},${packet.protocol}:${port}`)
  const inRange = ({ first, last }: { first: number; last: number }) => port >= first && port <= last
  return (
    (side.nets.length === 0 || side.nets.some((net) => contains(net, address))) &&
    !side.notNets.some((net) => contains(net, address)) &&
    (side.services ?? []).every(inPortSet) &&
    (side.ports.length + side.namedPorts.length === 0 ||
      side.ports.some(inRange) ||
      side.namedPorts.some(inPortSet)) &&
    !side.notPorts.some(inRange) &&
    !side.notNamedPorts.some(inPortSet) &&
    side.ipSets.every(inSet) &&
    !side.notIpSets.some(inSet)
  )
}

function setOf(sets: ActiveSet['ipSets'], id: string): IpSet {
  const found = sets.get(id)
  if (!found) throw new Error(`a rule names the set ${id}, which isn't there`)
  return found
}

function hasAddress({ members }: IpSet, address: string): boolean {
  return (
    members.has(`${address}/32`) || [...members].some((net) => !net.endsWith('/32') && contains(net, address))
  )
}
