import type { PacketCapture } from '../../../capture/packet-capture.ts'
import { fitLine } from '../../line.ts'
import type { Marks } from '../../marks.ts'
import { style } from '../../theme.ts'
import { countOf, type PacketsView } from './packets-state.ts'

/** How the capture stands. A {@link PacketCapture} is one. */
export type CaptureStatus = Pick<PacketCapture, 'place' | 'device' | 'filter' | 'beyond' | 'ended'>

/** "flannel.1 of node0, udp port 8472" */
export const captureTitle = ({ place, device, filter }: CaptureStatus): string =>
  `${device} of ${place}${filter && `, ${filter}`}`

/** The line below the panes: whether packets still come, how many there are, what is left out. */
export function statusLine(view: PacketsView, status: CaptureStatus, columns: number, marks: Marks): string {
  const { packets, state } = view
  const { beyond } = status
  const all = packets.length + beyond
  const parts = [
    endOf(status, marks),
    `${all} ${all === 1 ? 'packet' : 'packets'}${beyond > 0 ? `, the first ${packets.length} listed, all in the file` : ''}`,
    state.filter && `only lines with "${state.filter}" (plain text): ${countOf(state, packets)}`,
  ]
  return fitLine(` ${parts.filter(Boolean).join(' · ')}`, columns, marks.more)
}

function endOf({ ended }: CaptureStatus, marks: Marks): string {
  if (!ended) return style('good', `${marks.running} capturing`)
  if (ended.reason === undefined) return 'stopped'
  return style('warn', `ended: ${ended.reason}`)
}
