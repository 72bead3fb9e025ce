import { isIPv6 } from 'node:net'
import type { Answer as DnsRecord } from 'dns-packet'
import { find, type Target } from './find.ts'
import { parseQueryName, reverseAddress, ZONE } from './query-name.ts'
import type { ClusterView } from './view.ts'

/** CoreDNS's default for its kubernetes plugin. */
export const TTL = 5
const VERSION_TTL = 28800
const SCHEMA_VERSION = '1.1.0'
const REVERSE_ZONES = ['in-addr.arpa', 'ip6.arpa']
const MAX_ALIASES = 8

export interface Question {
  readonly name: string
  readonly type: string
}

/** The answer of the cluster's own zones. */
export interface Answer {
  readonly rcode: 'NOERROR' | 'NXDOMAIN'
  readonly answers: readonly DnsRecord[]
  readonly authorities: readonly DnsRecord[]
  readonly additionals: readonly DnsRecord[]
  /** An alias leads out of the cluster: whoever can look further looks this name up. */
  readonly elsewhere?: string
}

function soa(zone: string, serial: number): DnsRecord {
  return {
    name: zone,
    type: 'SOA',
    ttl: TTL,
    data: {
      mname: `ns.dns.${zone}`,
      rname: `hostmaster.${zone}`,
      serial,
      refresh: 7200,
      retry: 1800,
      expire: 86400,
      minimum: TTL,
    },
  }
}

function addressRecord(name: string, address: string): DnsRecord {
  return { name, type: isIPv6(address) ? 'AAAA' : 'A', ttl: TTL, data: address }
}

function addressRecords(name: string, type: string, targets: readonly Target[]): DnsRecord[] {
  const addresses = new Set(targets.map(({ address }) => address))
  return [...addresses]
    .map((address) => addressRecord(name, address))
    .filter((record) => record.type === type)
}

/** Each target once, all alike in priority and sharing a weight of 100. */
function serviceRecords(name: string, targets: readonly Target[]): Pick<Answer, 'answers' | 'additionals'> {
  const open = targets.filter((target) => target.port !== undefined)
  const weight = Math.max(1, Math.floor(100 / targets.length))
  const answers = open.map(({ name: target, port = 0 }): DnsRecord => {
    return { name, type: 'SRV', ttl: TTL, data: { priority: 0, weight, port, target } }
  })
  const additionals = new Map(
    open.map((target) => [`${target.name} ${target.address}`, addressRecord(target.name, target.address)]),
  )
  return { answers, additionals: [...additionals.values()] }
}

/** Follows aliases inside the cluster, up to where they end or leave it. */
function aliasRecords(
  name: string,
  type: string,
  alias: string,
  view: ClusterView,
  depth: number,
): Partial<Answer> {
  const record: DnsRecord = { name, type: 'CNAME', ttl: TTL, data: alias }
  if (type === 'CNAME') return { answers: [record] }
  if (type !== 'A' && type !== 'AAAA') return {}
  if (!isBelow(alias, ZONE)) return { answers: [record], elsewhere: alias }
  if (depth >= MAX_ALIASES) return {}
  const next = resolve({ name: alias, type }, view, depth + 1)
  return next.answers?.length ? { ...next, answers: [record, ...next.answers] } : {}
}

function resolve({ name, type }: Question, view: ClusterView, depth = 0): Partial<Answer> {
  const query = parseQueryName(name.toLowerCase())
  const found = find(query, view)
  if (!found) return { rcode: 'NXDOMAIN' }
  if ('alias' in found) return aliasRecords(name, type, found.alias, view, depth)
  if (query?.kind === 'version' && type === 'TXT') {
    return { answers: [{ name, type, ttl: VERSION_TTL, data: [SCHEMA_VERSION] }] }
  }
  if (query?.kind === 'apex' && query.isZone) return apexRecords(name, type, view)
  if (type === 'SRV') return serviceRecords(name, found.targets)
  return { answers: addressRecords(name, type, found.targets) }
}

function apexRecords(name: string, type: string, view: ClusterView): Partial<Answer> {
  if (type === 'SOA') return { answers: [soa(ZONE, view.serial)] }
  const found = find({ kind: 'nameServer' }, view)
  if (type !== 'NS' || !found || 'alias' in found) return {}
  const target = `kube-dns.kube-system.svc.${ZONE}`
  return {
    answers: [{ name, type, ttl: TTL, data: target }],
    additionals: addressRecords(target, 'A', found.targets),
  }
}

/** Names of an address: the service that has it as ClusterIP, else the endpoints that have a hostname. */
function pointerNames(address: string, view: ClusterView): string[] {
  const service = view.serviceAt(address)
  if (service) return [`${service.metadata.name}.${service.metadata.namespace}.svc.${ZONE}`]
  return view
    .endpointsAt(address)
    .map(({ hostname, service, namespace }) => `${hostname}.${service}.${namespace}.svc.${ZONE}`)
}

function reverse({ name, type }: Question, view: ClusterView): Partial<Answer> {
  const address = reverseAddress(name.toLowerCase())
  const names = address ? pointerNames(address, view) : []
  if (names.length === 0) return { rcode: 'NXDOMAIN' }
  if (type !== 'PTR') return {}
  return { answers: names.map((data): DnsRecord => ({ name, type, ttl: TTL, data })) }
}

function isBelow(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`)
}

/** The zone of the cluster that a name lies in; undefined for the rest of the world's names. */
export function zoneOf(name: string): string | undefined {
  return [ZONE, ...REVERSE_ZONES].find((zone) => isBelow(name.toLowerCase(), zone))
}

/**
 * Answers a question about the cluster, as CoreDNS's kubernetes plugin does (plugin/kubernetes): Kubernetes' DNS schema
 * 1.1.0; a name without records of the type gives none and the zone's SOA, and so does one that is not there.
 * Undefined when the name is not the cluster's to answer.
 */
export function answerQuestion(question: Question, view: ClusterView): Answer | undefined {
  const zone = zoneOf(question.name)
  if (!zone) return undefined
  const answer = zone === ZONE ? resolve(question, view) : reverse(question, view)
  const { rcode = 'NOERROR', answers = [], additionals = [], elsewhere } = answer
  return {
    rcode,
    answers,
    additionals,
    authorities: answers.length ? [] : [soa(zone, view.serial)],
    ...(elsewhere === undefined ? {} : { elsewhere }),
  }
}
