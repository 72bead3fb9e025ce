import { contains } from '../cidr.ts'
import type { Packet, Surroundings } from './packet.ts'
import type { Match, Option, Rule, Term } from './rule.ts'

/** A packet on its way: `translated` once a rule has changed its destination. */
export interface Seen {
  readonly packet: Packet
  readonly translated: boolean
}

/** How likely a packet meets a match: 0, 1, or between for `statistic`. */
type Chance = (match: Match, seen: Seen, around: Surroundings) => number

/**
 * How likely a packet meets a rule: 0, 1, or between where the rule throws dice. A match this program can't judge
 * counts as not met, and is reported to `onUnknown` by its module's name.
 */
export function chanceOf(
  rule: Rule,
  seen: Seen,
  around: Surroundings,
  onUnknown: (module: string) => void,
): number {
  if (!meetsTerms(rule, seen.packet)) return 0
  let chance = 1
  for (const match of rule.matches) {
    const judge = MATCHES[match.module]
    if (!judge) {
      onUnknown(match.module)
      return 0
    }
    chance *= judge(match, seen, around)
    if (chance === 0) return 0
  }
  return chance
}

function meetsTerms(rule: Rule, packet: Packet): boolean {
  return (
    meets(rule.protocol, (value) => value === packet.protocol) &&
    meets(rule.source, (value) => contains(value, packet.source)) &&
    meets(rule.destination, (value) => contains(value, packet.destination)) &&
    meets(rule.in, (value) => meetsInterface(value, packet.in)) &&
    meets(rule.out, (value) => meetsInterface(value, packet.out))
  )
}

function meets(term: Term | undefined, is: (value: string) => boolean): boolean {
  return term === undefined || is(term.value) !== (term.not ?? false)
}

/** `eth+` stands for every interface whose name begins with eth. */
function meetsInterface(wanted: string, name = ''): boolean {
  return wanted.endsWith('+') ? name.startsWith(wanted.slice(0, -1)) : name === wanted
}

const ports: Chance = (match, { packet }) =>
  every(match, {
    '--dport': (value) => inRange(value, packet.destinationPort),
    '--sport': (value) => inRange(value, packet.sourcePort),
    '--dports': (value) => value.split(',').some((range) => inRange(range, packet.destinationPort)),
    '--sports': (value) => value.split(',').some((range) => inRange(range, packet.sourcePort)),
  })

const always: Chance = () => 1

/** By module. Those in kube-proxy's, flannel's and the CNI plugins' rules, and the simple ones a learner would use. */
const MATCHES: Readonly<Record<string, Chance>> = {
  comment: always,
  nfacct: always,
  tcp: ports,
  udp: ports,
  sctp: ports,
  multiport: ports,
  mark: (match, { packet }) => every(match, { '--mark': (value) => meetsMark(value, packet.mark ?? 0) }),
  conntrack: (match, seen) =>
    every(match, {
      '--ctstate': (value) => statesOf(seen).some((state) => value.split(',').includes(state)),
    }),
  addrtype: (match, { packet }, around) =>
    every(match, {
      '--src-type': (value) => value === addressTypeOf(packet.source, around),
      '--dst-type': (value) => value === addressTypeOf(packet.destination, around),
    }),
  statistic: (match) => Number(valueOf(match, '--probability') ?? 0),
  recent: (match, { packet }, around) => {
    if (!match.options.some((one) => one.flag === '--rcheck' || one.flag === '--update')) return 1
    return around.recentlySeen?.(valueOf(match, '--name') ?? 'DEFAULT', packet.source) ? 1 : 0
  },
}

/** The first value of a match's option. */
function valueOf(match: Match, flag: string): string | undefined {
  return match.options.find((one) => one.flag === flag)?.values[0]
}

function every(match: Match, judges: Readonly<Record<string, (value: string) => boolean>>): number {
  const judge = (one: Option) => judges[one.flag]?.(one.values[0] ?? '') !== (one.not ?? false)
  return match.options.every(judge) ? 1 : 0
}

function inRange(range: string, port: number | undefined): boolean {
  const [from, to = from] = range.split(':').map(Number)
  return port !== undefined && from !== undefined && to !== undefined && port >= from && port <= to
}

function meetsMark(wanted: string, mark: number): boolean {
  const [value = 0, mask = 0xffffffff] = wanted.split('/').map(Number)
  return (mark & mask) >>> 0 === value
}

/** Conntrack's states of a packet; DNAT is one of them once its destination was translated. */
function statesOf({ packet, translated }: Seen): string[] {
  return translated ? [packet.state ?? 'NEW', 'DNAT'] : [packet.state ?? 'NEW']
}

function addressTypeOf(address: string, around: Surroundings): string {
  return isLocal(address, around) ? 'LOCAL' : 'UNICAST'
}

export function isLocal(address: string, around: Surroundings): boolean {
  return contains('127.0.0.0/8', address) || around.addresses.includes(address)
}
