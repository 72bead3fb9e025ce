import { encode, type Answer as DnsRecord } from 'dns-packet'
import type { Forward } from './forward.ts'
import { readPacket, readQuery, writeResponse, type Query, type Rcode, type Response } from './packet.ts'
import { answerQuestion, zoneOf, type Answer } from './records.ts'
import type { ClusterView } from './view.ts'

const HEADER_BYTES = 12
const REFUSED_TYPES = new Set(['AXFR', 'IXFR'])

export interface ResolverOptions {
  /** The cluster as it is now; undefined until all of it has been read. */
  readonly view: () => ClusterView | undefined
  /** Absent when there is nobody to ask about the rest of the world. */
  readonly forward?: Forward | undefined
  /** Where the order of several addresses is drawn from. */
  readonly random: () => number
}

/** Turns the bytes of a query into those of its response; undefined when it deserves none. */
export type Resolver = (bytes: Buffer, transport: 'udp' | 'tcp') => Promise<Buffer | undefined>

/** A name server for the cluster's zones that forwards all else, as the Corefile in manifest.ts says. */
export function createResolver(options: ResolverOptions): Resolver {
  return async (bytes, transport) => {
    const query = readQuery(bytes)
    if (!query) return malformed(bytes)
    const refusal = refusalOf(query)
    if (refusal) return writeResponse(query, { rcode: refusal }, transport)
    const answer = await fromCluster(query, options)
    if (answer) return writeResponse(query, answer, transport)
    if (!options.forward) return writeResponse(query, { rcode: 'REFUSED' }, transport)
    const reply = await options.forward(bytes, transport)
    return reply ?? writeResponse(query, { rcode: 'SERVFAIL' }, transport)
  }
}

/** Only what has a header and is no response is worth a word. */
function malformed(bytes: Buffer): Buffer | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt8(2) & 0x80) return undefined
  return encode({ type: 'response', id: bytes.readUInt16BE(0), flags: 1 })
}

function refusalOf({ opcode, isInternet, question, edns }: Query): Rcode | undefined {
  if (opcode !== 0) return 'NOTIMP'
  if ((edns?.ednsVersion ?? 0) > 0) return 'BADVERS'
  return !isInternet || REFUSED_TYPES.has(question.type) ? 'REFUSED' : undefined
}

/** Undefined when somebody else has to answer: the world's names, and addresses that are not the cluster's. */
async function fromCluster({ question }: Query, options: ResolverOptions): Promise<Response | undefined> {
  const zone = zoneOf(question.name)
  if (!zone) return undefined
  const view = options.view()
  if (!view) return { rcode: 'SERVFAIL' }
  const answer = answerQuestion(question, view)
  if (!answer) return undefined
  if (answer.rcode === 'NXDOMAIN' && zone.endsWith('.arpa') && options.forward) return undefined
  const further = await lookElsewhere(answer, question.type, options.forward)
  const answers = rotated([...answer.answers], options.random)
  return { ...answer, answers: [...answers, ...further], authoritative: true }
}

async function lookElsewhere(
  { elsewhere }: Answer,
  type: string,
  forward: Forward | undefined,
): Promise<readonly DnsRecord[]> {
  if (elsewhere === undefined || !forward) return []
  const id = Math.floor(Math.random() * 65536)
  const questions = [{ name: elsewhere, type: type as 'A' }]
  const reply = await forward(encode({ type: 'query', id, flags: 1 << 8, questions }), 'udp')
  return (reply && readPacket(reply)?.answers) ?? []
}

/** As the loadbalance plugin: addresses start anywhere in turn, so that clients which take the first spread out. */
function rotated(records: DnsRecord[], random: () => number): DnsRecord[] {
  if (!records.every(({ type }) => type === 'A' || type === 'AAAA')) return records
  const start = Math.floor(random() * records.length)
  return [...records.slice(start), ...records.slice(0, start)]
}
