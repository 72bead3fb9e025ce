import type { PacketSummary } from './packet-capture.ts'
import { printable } from './printable.ts'
import { DECODE_AS } from './tshark.ts'

/**
 * Columns of our own, which are the same in every tshark from 2.0 on and whatever the user's preferences are: names of
 * column fields (_ws.col.Source) changed with 4.2. Source and destination stay apart, as tshark puts an arrow between
 * neighbours.
 */
const COLUMNS = [
  ['No.', '%m'],
  ['Time', '%Rt'],
  ['Length', '%L'],
  ['Source', '%us'],
  ['Protocol', '%p'],
  ['Destination', '%ud'],
  ['Info', '%i'],
] as const

/** The command that decodes a pcap stream on its standard input as it comes; it refuses a socket, thus cat's pipe. */
export function packetLinesCommand(packets: number): string[] {
  const columns = COLUMNS.flat()
    .map((word) => `"${word}"`)
    .join(',')
  return [
    'sh',
    '-c',
    'cat | exec tshark "$@"',
    'tshark',
    ...DECODE_AS,
    '-l',
    '-r',
    '-',
    '-c',
    String(packets),
    '-T',
    'tabs',
    '-o',
    `gui.column.format:${columns}`,
  ]
}

/** A line of tshark's; undefined for one that is no packet. */
export function packetOfLine(line: string): PacketSummary | undefined {
  const [number = '', time = '', length = '', source = '', protocol = '', destination = '', ...info] = line
    .split('\t')
    .map((column) => printable(column).trim())
  if (!/^\d+$/.test(number) || !/^\d+$/.test(length)) return undefined
  return {
    number: Number(number),
    time: Number(time),
    source,
    destination,
    protocol,
    length: Number(length),
    info: info.join(' '),
  }
}
