import type { PacketDetail, PacketSummary } from '../../../capture/packet-capture.ts'

export type PacketPane = 'list' | 'tree' | 'bytes'

/** What both sides said, over the whole screen. */
export interface Conversation {
  /** The packet that it was asked for. */
  readonly number: number
  readonly lines: readonly string[]
  /** First line that is shown. */
  readonly offset: number
}

/** Packets whose line has the text that is looked for; found once, as packets come. */
interface Matches {
  readonly numbers: readonly number[]
  /** How many packets have been looked at. */
  readonly seen: number
}

/** Where somebody is in a capture. */
export interface PacketsState {
  readonly pane: PacketPane
  /** Number of the packet; undefined follows the newest. */
  readonly selected: number | undefined
  /** First of the packets in the list that is shown, by position. */
  readonly listTop: number
  /** Lines must have this text; '' lets all be seen. */
  readonly filter: string
  readonly matches: Matches | undefined
  /** Key of the node ({@link treeRows}); undefined is the first. Stays when another packet has such a node. */
  readonly node: string | undefined
  readonly treeTop: number
  /** Keys of nodes that are not as they are at first: open where they were closed, or closed. */
  readonly toggled: ReadonlySet<string>
  /** First row of bytes; undefined shows the bytes of the node. */
  readonly bytesTop: number | undefined
  readonly conversation: Conversation | undefined
}

export const PACKETS_AT_FIRST: PacketsState = {
  pane: 'list',
  selected: undefined,
  listTop: 0,
  filter: '',
  matches: undefined,
  node: undefined,
  treeTop: 0,
  toggled: new Set(),
  bytesTop: undefined,
  conversation: undefined,
}

/** The packet that tree and bytes are to show: ask the capture for its detail. */
export function selectedNumber(state: PacketsState, packets: readonly PacketSummary[]): number | undefined {
  return numberAt(state, packets, positionOf(state, packets))
}

/** Whether a packet is still to be shown when it has been decoded. While the newest is followed, later ones have come since. */
export const isLookedAt = (state: PacketsState, packets: readonly PacketSummary[], number: number): boolean =>
  state.selected === undefined || selectedNumber(state, packets) === number

/** How many packets the list has under its filter. */
export const countOf = ({ matches }: PacketsState, packets: readonly PacketSummary[]): number =>
  matches ? matches.numbers.length : packets.length

/** Number of the packet at a position of the list. */
export function numberAt(
  { matches }: PacketsState,
  packets: readonly PacketSummary[],
  position: number,
): number | undefined {
  return matches ? matches.numbers[position] : packets[position]?.number
}

/** Where in the list the selected packet is; the one before it where the filter leaves it out; -1 in an empty list. */
export function positionOf(state: PacketsState, packets: readonly PacketSummary[]): number {
  const last = countOf(state, packets) - 1
  const { selected, matches } = state
  if (selected === undefined) return last
  if (!matches) return Math.min(selected - 1, last)
  return Math.max(Math.min(0, last), lastAtMost(matches.numbers, selected))
}

function lastAtMost(numbers: readonly number[], wanted: number): number {
  let [from, to] = [0, numbers.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((numbers[middle] ?? 0) <= wanted) from = middle + 1
    else to = middle
  }
  return from - 1
}

/** After packets have come: looks through those that are new. */
export function seePackets(state: PacketsState, packets: readonly PacketSummary[]): PacketsState {
  const { matches, filter } = state
  if (!matches || matches.seen === packets.length) return state
  const found = packets.slice(matches.seen).filter((packet) => has(packet, filter))
  const numbers = found.length ? [...matches.numbers, ...found.map(({ number }) => number)] : matches.numbers
  return { ...state, matches: { numbers, seen: packets.length } }
}

/** Shows only packets whose line has the text, in capitals or not; '' shows all again. */
export function filterPackets(
  state: PacketsState,
  filter: string,
  packets: readonly PacketSummary[],
): PacketsState {
  const text = filter.trim()
  const matches = text === '' ? undefined : { numbers: [], seen: 0 }
  return seePackets({ ...state, pane: 'list', filter: text, matches, listTop: 0 }, packets)
}

const has = ({ number, source, destination, protocol, info }: PacketSummary, text: string) =>
  `${number} ${source} ${destination} ${protocol} ${info}`.toLowerCase().includes(text.toLowerCase())

/** Shows what {@link PacketCapture.follow} found. */
export function showConversation(
  state: PacketsState,
  number: number,
  text: string | undefined,
): PacketsState {
  const said = text ?? 'This packet is part of no TCP or UDP conversation.'
  return { ...state, conversation: { number, lines: said.split('\n'), offset: 0 } }
}

/**
 * One step back: out of the conversation, to the list, to all packets. The same state when there is nothing left to
 * leave but the screen.
 */
export function backInPackets(state: PacketsState): PacketsState {
  if (state.conversation) return { ...state, conversation: undefined }
  if (state.pane !== 'list') return { ...state, pane: 'list' }
  if (state.filter !== '') return { ...state, filter: '', matches: undefined, listTop: 0 }
  return state
}

/** Where a capture is saved unless the learner says otherwise. */
export const captureFileName = (lab: string, device: string): string =>
  `~/${lab}-${device.replaceAll(/[^\w.-]/g, '_')}.pcap`

/** All that the screen shows of a capture. */
export interface PacketsView {
  readonly packets: readonly PacketSummary[]
  /** Of the selected packet, or of the one before while it is being decoded. */
  readonly detail: PacketDetail | undefined
  readonly state: PacketsState
}
