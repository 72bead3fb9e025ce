import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { LabError } from '../base/errors.ts'
import type { Machine } from '../machine/machine.ts'

export interface DecodeOptions {
  /** A display filter: `vxlan && http`. */
  readonly display?: string | undefined
  /** Field names: `vxlan.vni`, `ip.src`. */
  readonly fields: readonly string[]
  readonly signal?: AbortSignal | undefined
}

/** One packet: the values of each field, outermost header first (an encapsulated packet has two ip.src). */
export interface Packet {
  readonly number: number
  /** As tshark's column has it: HTTP, TCP, UDP. */
  readonly protocol: string
  /** The packet in a line: "GET / HTTP/1.1". */
  readonly info: string
  readonly fields: Readonly<Record<string, readonly string[]>>
}

/** Unlikely in any field, unlike tshark's default comma. */
const BETWEEN_VALUES = '\u001F'
/** How every decoding goes: IANA gave VXLAN 4789; Linux, and with it flannel, used 8472 before and tshark does not know. */
export const DECODE_AS = ['-n', '-d', 'udp.port==8472,vxlan'] as const
/** tshark writes arrows and other people's names as they are only in a locale that has them. */
export const IN_UTF8 = { LC_ALL: 'C.UTF-8' } as const
const OWN_FIELDS = ['frame.number', '_ws.col.Protocol', '_ws.col.Info']

function tsharkArguments(options: DecodeOptions): string[] {
  return [
    ...DECODE_AS,
    ...(options.display ? ['-Y', options.display] : []),
    '-T',
    'fields',
    '-E',
    'separator=/t',
    '-E',
    'occurrence=a',
    '-E',
    `aggregator=${BETWEEN_VALUES}`,
    ...[...OWN_FIELDS, ...options.fields].flatMap((field) => ['-e', field]),
  ]
}

/** A tshark that has been started and waits for packets; its start takes longer than most captures. */
export interface Decoder {
  /** Decodes a pcap stream to its end. @throws LabError KNET_TSHARK with tshark's words. */
  decode(stream: Readable): Promise<Packet[]>
  kill(): void
}

/** Starts tshark in a machine. The pipe through cat is there because tshark refuses to read a socket. */
export function startDecoder(machine: Machine, options: DecodeOptions): Decoder {
  const process = machine.spawn(
    ['sh', '-c', 'cat | tshark -r - "$@"', 'tshark', ...tsharkArguments(options)],
    options.signal ? { signal: options.signal } : {},
  )
  const [stdout, stderr] = [text(process.stdout), text(process.stderr)]
  process.stdin.on('error', () => {})
  return {
    async decode(stream) {
      stream.pipe(process.stdin)
      const exitCode = await process.exited
      return packets(await stdout, options.fields, exitCode, await stderr)
    },
    kill: () => process.kill('SIGKILL'),
  }
}

/** Decodes a capture file that is on a machine. @throws LabError KNET_TSHARK with tshark's words. */
export async function decodeFile(machine: Machine, file: string, options: DecodeOptions): Promise<Packet[]> {
  const said = await machine.exec(['tshark', '-r', file, ...tsharkArguments(options)], {
    timeoutMs: 20_000,
    ...(options.signal && { signal: options.signal }),
  })
  return packets(said.stdout, options.fields, said.exitCode, said.stderr)
}

function packets(stdout: string, fields: readonly string[], exitCode: number, stderr: string): Packet[] {
  if (exitCode !== 0 && !stdout) {
    throw new LabError('KNET_TSHARK', { message: `tshark can't read the capture: ${complaint(stderr)}` })
  }
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => packetOf(line, fields))
}

/** tshark's complaint without its remark about running as root. */
export const complaint = (stderr: string) =>
  stderr
    .split('\n')
    .filter((line) => line && !line.startsWith('Running as user'))
    .join(' ') || 'no reason given'

function packetOf(line: string, names: readonly string[]): Packet {
  const columns = line.split('\t')
  const [number = '0', protocol = '', info = ''] = columns
  const values = columns
    .slice(OWN_FIELDS.length)
    .map((column) => column.split(BETWEEN_VALUES).filter(Boolean))
  const fields = Object.fromEntries(names.map((name, n) => [name, values[n] ?? []]))
  return { number: Number(number), protocol, info, fields }
}
