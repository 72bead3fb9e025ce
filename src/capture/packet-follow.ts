import { StringDecoder } from 'node:string_decoder'
import { LabError } from '../base/errors.ts'
import type { Machine } from '../machine/machine.ts'
import type { PacketFile } from './packet-file.ts'
import { LISTED } from './packet-list.ts'
import { printable } from './printable.ts'
import { complaint, DECODE_AS, IN_UTF8 } from './tshark.ts'

/** What one side said before the other did. */
export interface Turn {
  readonly from: string
  readonly to: string
  readonly bytes: Uint8Array
}

/** Text on the screen is cut here: more than anybody reads. */
const SHOWN_BYTES = 256 * 1024
/** So many segments, of up to 64 kB each, are had of tshark for it. */
const SHOWN_SEGMENTS = 400
const FOLLOWED_WITHIN_MS = 20_000

/**
 * What was said in the conversation that a packet belongs to, the innermost one where it went through a tunnel.
 * Undefined for a packet that is of no TCP or UDP conversation.
 * @throws LabError KNET_CAPTURE
 */
export async function followStream(
  host: Machine,
  file: PacketFile,
  number: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const packets = String(Math.min(file.packets, LISTED))
  const tshark = async (...argv: string[]) => {
    const said = await host.exec(['tshark', ...DECODE_AS, '-r', file.path, '-c', packets, ...argv], {
      env: IN_UTF8,
      timeoutMs: FOLLOWED_WITHIN_MS,
      signal,
    })
    if (said.exitCode === 0) return said.stdout
    throw new LabError('KNET_CAPTURE', {
      message: `Can't follow packet ${number}: ${complaint(said.stderr)}`,
    })
  }
  const stream = streamOf(await tshark('-Y', `frame.number == ${number}`, ...fields(STREAM_FIELDS)))
  if (!stream) return undefined
  const turns =
    stream.protocol === 'tcp'
      ? tcpTurns(await tshark('-q', '-z', `follow,tcp,raw,${stream.index},1-${SHOWN_SEGMENTS}`))
      : udpTurns(await tshark('-Y', `udp.stream == ${stream.index}`, ...fields(DATAGRAM_FIELDS)))
  return conversation(turns)
}

/** The last occurrence of a field is the innermost header's. */
const fields = (names: readonly string[]) => [
  '-T',
  'fields',
  '-E',
  'occurrence=l',
  ...names.flatMap((name) => ['-e', name]),
]

const STREAM_FIELDS = ['frame.protocols', 'tcp.stream', 'udp.stream']

/** @param line of {@link STREAM_FIELDS}. */
export function streamOf(line: string): { protocol: 'tcp' | 'udp'; index: number } | undefined {
  const [stack = '', tcp = '', udp = ''] = line.trimEnd().split('\t')
  const protocols = stack.split(':')
  const innermost = protocols.findLast((name) => name === 'tcp' || name === 'udp')
  // Ping through a tunnel: the UDP that is there is the tunnel's own.
  const isTunnel = protocols.lastIndexOf('vxlan') > protocols.lastIndexOf('udp')
  if (innermost === 'tcp' && tcp) return { protocol: 'tcp', index: Number(tcp) }
  if (innermost === 'udp' && udp && !isTunnel) return { protocol: 'udp', index: Number(udp) }
  return undefined
}

/**
 * tshark's `follow,tcp,raw`: reassembled, one segment a line in hexadecimal; the second side's lines begin with a tab.
 */
export function tcpTurns(said: string): Turn[] {
  const [, first = ''] = /^Node 0: (.*)$/m.exec(said) ?? []
  const [, second = ''] = /^Node 1: (.*)$/m.exec(said) ?? []
  return [...said.matchAll(/^(\t?)([\da-f]+)$/gm)].map(([, tab, hex = '']) => ({
    from: tab ? second : first,
    to: tab ? first : second,
    bytes: Buffer.from(hex, 'hex'),
  }))
}

const DATAGRAM_FIELDS = [
  'ip.src',
  'ipv6.src',
  'udp.srcport',
  'ip.dst',
  'ipv6.dst',
  'udp.dstport',
  'udp.payload',
]

/** By fields: tshark's own `follow,udp` shows a tunnel's datagram as well as the one in it. */
export function udpTurns(said: string): Turn[] {
  return said
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [src = '', src6 = '', srcPort, dst = '', dst6 = '', dstPort, payload = ''] = line.split('\t')
      return {
        from: `${src || `[${src6}]`}:${srcPort}`,
        to: `${dst || `[${dst6}]`}:${dstPort}`,
        bytes: Buffer.from(payload.replaceAll(':', ''), 'hex'),
      }
    })
}

/** Turns as text: a line that names the sides wherever the speaker changes, then what was said. */
export function conversation(turns: readonly Turn[]): string {
  const parts: string[] = []
  const decoders = new Map<string, StringDecoder>()
  let speaker = ''
  let rest = SHOWN_BYTES
  for (const { from, to, bytes } of turns.slice(0, SHOWN_SEGMENTS)) {
    if (bytes.length === 0) continue
    if (rest <= 0) break
    if (from !== speaker) parts.push(`${parts.length ? '\n\n' : ''}${from} → ${to}\n`)
    speaker = from
    const decoder = decoders.get(from) ?? new StringDecoder()
    decoders.set(from, decoder)
    parts.push(lines(decoder.write(Buffer.from(bytes.subarray(0, rest)))))
    rest -= bytes.length
  }
  if (parts.length === 0) return 'Nothing was said yet.'
  const isCut = rest <= 0 || turns.length >= SHOWN_SEGMENTS
  return parts.join('') + (isCut ? '\n\nThis is the beginning; the file that is saved has the rest.' : '')
}

const lines = (text: string) => text.replaceAll(/\r\n?/g, '\n').split('\n').map(printable).join('\n')
