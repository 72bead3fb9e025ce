import {
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
  type Answer as DnsRecord,
  type DecodedPacket,
  type OptAnswer,
} from 'dns-packet'
import type { Question } from './records.ts'

const HEADER_BYTES = 12
const PLAIN_UDP_BYTES = 512
const TCP_BYTES = 65535
const RESPONSE_FLAG = 1 << 15
const DNSSEC_OK = 1 << 15
/** A pointer (RFC 1035, 4.1.4) to the name in the question, which comes first after the header. */
const POINTER_TO_QUESTION = Buffer.from([0xc0, HEADER_BYTES])
/** NSID, EXPIRE, COOKIE, TCP_KEEPALIVE, PADDING: what CoreDNS gives back as it came. */
const ECHOED_OPTIONS = new Set([3, 9, 10, 11, 12])

export const RCODES = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const
export type Rcode = keyof typeof RCODES

/** A query that has been read. */
export interface Query {
  readonly id: number
  /** As the client spelled it. */
  readonly question: Question
  /** The question section as it came. */
  readonly questionBytes: Buffer
  readonly isInternet: boolean
  readonly recursionDesired: boolean
  /** 0 is QUERY. */
  readonly opcode: number
  readonly edns: OptAnswer | undefined
}

/** What goes into a response besides what the query determines. */
export interface Response {
  readonly rcode: Rcode
  readonly authoritative?: boolean
  readonly answers?: readonly DnsRecord[]
  readonly authorities?: readonly DnsRecord[]
  readonly additionals?: readonly DnsRecord[]
}

/** Reads a query; undefined when the bytes are none with exactly one question. */
export function readQuery(bytes: Buffer): Query | undefined {
  const packet = readPacket(bytes)
  const [question, ...more] = packet?.questions ?? []
  if (!packet || !question || more.length > 0 || packet.type !== 'query') return undefined
  const edns = packet.additionals?.find((record): record is OptAnswer => record.type === 'OPT')
  return {
    id: packet.id ?? 0,
    question: { name: question.name === '.' ? '' : question.name, type: question.type },
    questionBytes: bytes.subarray(HEADER_BYTES, endOfQuestion(bytes)),
    isInternet: question.class === 'IN',
    recursionDesired: packet.flag_rd,
    opcode: (bytes.readUInt8(2) >> 3) & 15,
    edns,
  }
}

/** Reads any message; undefined when the bytes are none. */
export function readPacket(bytes: Buffer): DecodedPacket | undefined {
  try {
    return decode(bytes)
  } catch {
    return undefined
  }
}

/** Labels up to the empty one, then type and class. */
function endOfQuestion(bytes: Buffer): number {
  let at = HEADER_BYTES
  while (bytes[at]) at += 1 + (bytes[at] ?? 0)
  return at + 5
}

/** The largest response that a query allows. */
function limitOf({ edns }: Query, transport: 'udp' | 'tcp'): number {
  if (transport === 'tcp') return TCP_BYTES
  return Math.max(PLAIN_UDP_BYTES, edns?.udpPayloadSize ?? 0)
}

function recordBytes(record: DnsRecord, asked: string): Buffer {
  const isAsked = asked !== '' && record.name === asked
  const one = isAsked ? { ...record, name: '.' } : record
  const bytes = encode({ answers: [one] }).subarray(HEADER_BYTES)
  return isAsked ? Buffer.concat([POINTER_TO_QUESTION, bytes.subarray(1)]) : bytes
}

function optRecord({ edns }: Query, rcode: Rcode): DnsRecord[] {
  if (!edns) return []
  const opt = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: edns.udpPayloadSize,
    extendedRcode: RCODES[rcode] >> 4,
    ednsVersion: 0,
    flags: edns.flags & DNSSEC_OK,
    options: edns.options.filter(({ code }) => ECHOED_OPTIONS.has(code)),
  }
  return [opt as unknown as DnsRecord]
}

/** As many as fit into the space left. */
function fitting(records: readonly Buffer[], space: number): Buffer[] {
  let used = 0
  const end = records.findIndex((record) => (used += record.length) > space)
  return end < 0 ? [...records] : records.slice(0, end)
}

/** Writes a response. When it would be too large, records are left out from the end and the client is told so (TC). */
export function writeResponse(query: Query, response: Response, transport: 'udp' | 'tcp'): Buffer {
  const { name } = query.question
  const { rcode, authoritative = false } = response
  const bytesOf = (records: readonly DnsRecord[] = []) => records.map((record) => recordBytes(record, name))
  const opt = bytesOf(optRecord(query, rcode))
  const limit = limitOf(query, transport) - HEADER_BYTES - query.questionBytes.length
  const all = [bytesOf(response.answers), bytesOf(response.authorities), bytesOf(response.additionals)]
  let space = limit - Buffer.concat(opt).length
  const [answers = [], authorities = [], additionals = []] = all.map((section) => {
    const kept = fitting(section, space)
    // Once something is left out, so is what would come after it.
    space = kept.length < section.length ? 0 : space - Buffer.concat(kept).length
    return kept
  })
  const isCut = answers.length + authorities.length < (all[0]?.length ?? 0) + (all[1]?.length ?? 0)
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt16BE(query.id, 0)
  const flags =
    RESPONSE_FLAG |
    (authoritative ? AUTHORITATIVE_ANSWER : 0) |
    (isCut ? TRUNCATED_RESPONSE : 0) |
    (query.recursionDesired ? RECURSION_DESIRED : 0) |
    (RCODES[rcode] & 15)
  header.writeUInt16BE(flags, 2)
  const counts = [1, answers.length, authorities.length, additionals.length + opt.length]
  counts.forEach((count, i) => header.writeUInt16BE(count, 4 + 2 * i))
  return Buffer.concat([header, query.questionBytes, ...answers, ...authorities, ...additionals, ...opt])
}
