import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PacketDetail, PacketNode, PacketSummary } from '../../../../src/capture/packet-capture.ts'
import { PACKETS_AT_FIRST, type PacketsView } from '../../../../src/ui/screens/packets/packets-state.ts'
import type { CaptureStatus } from '../../../../src/ui/screens/packets/packets-status.ts'

export const GOLDEN = join(import.meta.dirname, '../../../golden/packets')

interface Recorded {
  readonly packets: PacketSummary[]
  readonly details: { number: number; bytes: string; tree: PacketNode[] }[]
}

/** As the capture engine decoded vxlan-ping-http-dns.pcap: ping, curl and a DNS query through flannel's VXLAN. */
const { packets, details } = JSON.parse(
  readFileSync(join(GOLDEN, 'vxlan-ping-http-dns.json'), 'utf8'),
) as Recorded

export const RECORDED: readonly PacketSummary[] = packets
export const DETAILS: readonly PacketDetail[] = details.map(({ bytes, ...rest }) => ({
  ...rest,
  bytes: Buffer.from(bytes, 'hex'),
}))
export const [PING, GET, ANSWER] = DETAILS as [PacketDetail, PacketDetail, PacketDetail]

export const STATUS: CaptureStatus = {
  place: 'node0',
  device: 'eth0',
  filter: 'udp port 8472',
  beyond: 0,
  ended: undefined,
}

/** The recorded capture with a packet selected. */
export const viewOf = (detail: PacketDetail): PacketsView => ({
  packets: RECORDED,
  detail,
  state: { ...PACKETS_AT_FIRST, selected: detail.number },
})
