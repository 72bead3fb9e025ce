import type { Packet } from '../../capture/tshark.ts'
import { quoted, same } from './answer.ts'

export interface PacketsWanted {
  readonly fields?: Readonly<Record<string, string | number>> | undefined
  readonly atLeast?: number | undefined
  readonly atMost?: number | undefined
}

/** Packets in which every field has (among its values, one a header) the value wanted. */
export function matching(packets: readonly Packet[], fields: PacketsWanted['fields'] = {}): Packet[] {
  return packets.filter((packet) =>
    Object.entries(fields).every(([name, want]) => packet.fields[name]?.some((value) => same(value, want))),
  )
}

/** Why the number of packets is wrong, or undefined. At least one, unless bounds are given. */
export function wrongCount(count: number, wanted: PacketsWanted): string | undefined {
  const atLeast = wanted.atLeast ?? (wanted.atMost === undefined ? 1 : 0)
  if (count < atLeast) return atLeast === 1 ? 'none' : `only ${count} of ${atLeast}`
  if (wanted.atMost !== undefined && count > wanted.atMost) return `${count}, more than ${wanted.atMost}`
  return undefined
}

/** The first packets that differ, in tshark's words, for a message. */
export function described(packets: readonly Packet[], fields: PacketsWanted['fields'] = {}): string {
  const all = packets.map((packet) => {
    const values = Object.keys(fields).map((name) => `${name}=${packet.fields[name]?.join('/') || '-'}`)
    return [packet.protocol, packet.info, ...values].join(' ').slice(0, 200)
  })
  return quoted([...new Set(all)].join('\n'), 4)
}
