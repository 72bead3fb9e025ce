import { isIPv6 } from 'node:net'
import { formatCidr, parseCidr } from '../../../net/cidr.ts'
import type { ActiveRule, RuleAction, Side } from '../felix/active.ts'
import { checkRule } from './check-rule.ts'
import { entitySelectors } from './entity-selector.ts'
import type { EntityRule, IcmpFields, PolicyRule } from './kinds.ts'
import { splitPorts } from './ports.ts'
import {
  namedPortSet,
  type PortProtocol,
  selectorSet,
  serviceSet,
  type SetDefinition,
} from './set-definition.ts'

/** A rule as iptables can have it, and the sets that it names. */
export interface RuleWithSets {
  /** Undefined when it is about IPv6 alone: as in upstream's Felix, its sets are there all the same. */
  readonly rule: ActiveRule | undefined
  readonly sets: readonly SetDefinition[]
}

const ACTIONS: Readonly<Record<string, RuleAction>> = {
  allow: 'allow',
  deny: 'deny',
  log: 'log',
  pass: 'next-tier',
}
const WITH_PORTS: Readonly<Record<string, PortProtocol>> = {
  tcp: 'tcp',
  udp: 'udp',
  sctp: 'sctp',
  6: 'tcp',
  17: 'udp',
  132: 'sctp',
}

/**
 * A rule of a policy in `namespace`, or of a global one.
 * @throws Error about what is malformed
 */
export function readRule(given: PolicyRule, namespace: string | undefined): RuleWithSets {
  const { source = {}, destination = {} } = given
  const action = ACTIONS[given.action.toLowerCase()]
  if (!action) throw new Error(`unknown action ${given.action}`)
  checkRule(given)
  const protocol = lowerCased(given.protocol)
  const notProtocol = lowerCased(given.notProtocol)
  const icmp = icmpOf(given.icmp)
  const notIcmp = icmpOf(given.notICMP)
  const withPorts = WITH_PORTS[String(protocol ?? '')]
  const src = readSide(source, namespace, withPorts)
  const dst = readSide(destination, namespace, withPorts)
  const notes = Object.entries(given.metadata?.annotations ?? {}).map(([key, value]) => `${key}=${value}`)
  const ofService = servicesOf(source, destination)
  const sets = [...src.sets, ...dst.sets, ...ofService.source, ...ofService.destination]
  if (isForIpv6(given)) return { rule: undefined, sets }
  const rule: ActiveRule = {
    action,
    ...(protocol !== undefined && { protocol }),
    ...(notProtocol !== undefined && { notProtocol }),
    ...(icmp && { icmp }),
    ...(notIcmp && { notIcmp }),
    src: { ...src.side, ipSets: [...src.side.ipSets, ...ids(ofService.source)] },
    dst: {
      ...dst.side,
      ...(ofService.destination.length > 0 && { services: ids(ofService.destination) }),
    },
    ...(notes.length > 0 && { notes }),
  }
  return { rule, sets }
}

function lowerCased(protocol: string | number | undefined): string | number | undefined {
  return typeof protocol === 'string' ? protocol.toLowerCase() : protocol
}

function icmpOf(fields: IcmpFields | undefined): ActiveRule['icmp'] {
  if (fields?.type === undefined) return undefined
  return { type: fields.type, ...(fields.code !== undefined && { code: fields.code }) }
}

/** As upstream's FilterRuleToIPVersion: one list of networks that has none of IPv4 is enough. */
function isForIpv6({ ipVersion, protocol, source = {}, destination = {} }: PolicyRule): boolean {
  if (ipVersion === 6) return true
  if (ipVersion === undefined && String(protocol).toLowerCase() === 'icmpv6') return true
  const lists = [source.nets, source.notNets, destination.nets, destination.notNets]
  return lists.some((nets = []) => nets.length > 0 && nets.every(isIpv6Net))
}

function isIpv6Net(net: string): boolean {
  return isIPv6(net.split('/')[0] ?? '')
}

function readSide(
  entity: EntityRule,
  namespace: string | undefined,
  protocol: PortProtocol | undefined,
): { side: Side; sets: SetDefinition[] } {
  const { positive, negative } = entitySelectors(entity, namespace)
  const ports = splitPorts(entity.ports)
  const notPorts = splitPorts(entity.notPorts)
  const havePorts = [entity.ports, entity.notPorts].some((list = []) => list.length > 0)
  if (havePorts && !protocol) {
    throw new Error('rules that specify ports must set protocol to TCP or UDP or SCTP')
  }
  // What is selected holds for the whole rule, so it narrows down both kinds of named ports.
  const named = (name: string) => namedPortSet(name, protocol ?? 'tcp', positive)
  const namedPorts = ports.names.map(named)
  const notNamedPorts = notPorts.names.map(named)
  // A named port's set is of selected endpoints only: with nothing but those the selector is said already.
  const isSaid = ports.names.length > 0 && ports.numbers.length === 0
  const ipSets = positive && !isSaid ? [selectorSet(positive)] : []
  const notIpSets = negative ? [selectorSet(negative)] : []
  return {
    side: {
      nets: ipv4Nets(entity.nets),
      notNets: ipv4Nets(entity.notNets),
      ports: ports.numbers,
      notPorts: notPorts.numbers,
      ipSets: ids(ipSets),
      notIpSets: ids(notIpSets),
      namedPorts: ids(namedPorts),
      notNamedPorts: ids(notNamedPorts),
    },
    sets: [...namedPorts, ...notNamedPorts, ...ipSets, ...notIpSets],
  }
}

/** Addresses that stand behind a service, and ports as well if it is the destination. */
function servicesOf(source: EntityRule, destination: EntityRule) {
  const sets = ({ services }: EntityRule, withPorts: boolean) =>
    services?.name ? [serviceSet(`${services.namespace ?? ''}/${services.name}`, withPorts)] : []
  return { source: sets(source, false), destination: sets(destination, true) }
}

function ids(sets: readonly SetDefinition[]): string[] {
  return sets.map(({ id }) => id)
}

function ipv4Nets(nets: readonly string[] = []): string[] {
  return nets
    .filter((net) => !isIpv6Net(net))
    .map((net) => {
      const cidr = parseCidr(net)
      if (!cidr) throw new Error(`invalid CIDR address: ${net}`)
      return formatCidr(cidr)
    })
}
