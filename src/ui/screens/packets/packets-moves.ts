import type { PacketDetail } from '../../../capture/packet-capture.ts'
import type { Size } from '../../../terminals/cells.ts'
import { clampScroll, scrollRows } from '../../components/scroll.ts'
import { inside } from '../../layout.ts'
import { conversationLines } from './conversation-lines.ts'
import { bytesPerRow, bytesTop } from './packet-bytes.ts'
import { listRows } from './packet-list.ts'
import { nodeIndex, treeRows } from './packet-tree.ts'
import { packetsLayout, windowTop } from './packets-layout.ts'
import {
  countOf,
  numberAt,
  type PacketPane,
  type PacketsState,
  type PacketsView,
  positionOf,
} from './packets-state.ts'

/** What keys do on the screen itself. */
export const PACKET_MOVES = ['up', 'down', 'pageup', 'pagedown', 'home', 'end', 'tab', 'enter'] as const
export type PacketMove = (typeof PACKET_MOVES)[number]

/** The state after a key, on a screen of this size. */
export function movePackets(view: PacketsView, move: PacketMove, size: Size): PacketsState {
  const { state } = view
  if (state.conversation) return scrollConversation(state, move, size)
  if (move === 'tab') return { ...state, pane: NEXT_PANE[state.pane] }
  if (state.pane === 'tree') return moveInTree(view, move, size)
  if (state.pane === 'bytes') return scrollBytes(view, move, size)
  return moveInList(view, move, size)
}

const NEXT_PANE: Readonly<Record<PacketPane, PacketPane>> = { list: 'tree', tree: 'bytes', bytes: 'list' }

/** Where a move leads from a position among so many, when a page has so many rows. */
function moved(position: number, move: PacketMove, rows: number, count: number): number {
  const page = Math.max(1, rows - 1)
  const by = { up: -1, down: 1, pageup: -page, pagedown: page, home: -count, end: count, tab: 0, enter: 0 }[
    move
  ]
  return Math.max(0, Math.min(count - 1, position + by))
}

/** The end is the newest packet, whichever that will be; any other move stays on the packet it comes to. */
function moveInList({ state, packets }: PacketsView, move: PacketMove, size: Size): PacketsState {
  if (move === 'enter') return { ...state, pane: 'tree' }
  const rows = listRows(inside(packetsLayout(size, state.pane).list))
  const count = countOf(state, packets)
  const position = moved(positionOf(state, packets), move, rows, count)
  const selected = move === 'end' ? undefined : numberAt(state, packets, position)
  const before = windowTop(state.listTop, positionOf(state, packets), count, rows)
  return { ...state, selected, listTop: windowTop(before, position, count, rows), bytesTop: undefined }
}

function moveInTree({ state, detail }: PacketsView, move: PacketMove, size: Size): PacketsState {
  const pane = packetsLayout(size, 'tree').tree
  const rows = pane ? inside(pane).rows : 1
  const nodes = treeRows(detail, state.toggled)
  const index = nodeIndex(nodes, state.node)
  if (move === 'enter') return toggle(state, nodes[index])
  const next = moved(index, move, rows, nodes.length)
  return {
    ...state,
    node: nodes[next]?.key,
    treeTop: windowTop(windowTop(state.treeTop, index, nodes.length, rows), next, nodes.length, rows),
    bytesTop: undefined,
  }
}

function toggle(
  state: PacketsState,
  row: { key: string; open: boolean | undefined } | undefined,
): PacketsState {
  if (row?.open === undefined) return state
  const toggled = new Set(state.toggled)
  if (!toggled.delete(row.key)) toggled.add(row.key)
  return { ...state, toggled, node: row.key }
}

function scrollBytes({ state, detail }: PacketsView, move: PacketMove, size: Size): PacketsState {
  const pane = packetsLayout(size, 'bytes').bytes
  if (!pane || !detail) return state
  const room = inside(pane)
  return {
    ...state,
    bytesTop: scrolled(bytesTop(detail, state, room), move, room.rows, bytesRows(detail, room)),
  }
}

const bytesRows = (detail: PacketDetail, { columns }: Size) =>
  Math.ceil(detail.bytes.length / bytesPerRow(columns))

function scrolled(top: number, move: PacketMove, rows: number, count: number): number {
  return Math.min(moved(top, move, rows, count), Math.max(0, count - rows))
}

function scrollConversation(state: PacketsState, move: PacketMove, size: Size): PacketsState {
  const { conversation } = state
  if (!conversation) return state
  const room = inside(packetsLayout(size, state.pane).all)
  const count = conversationLines(conversation, room.columns).length
  const offset = clampScroll(
    moved(conversation.offset, move, scrollRows(count, room.rows), count),
    count,
    room.rows,
  )
  return { ...state, conversation: { ...conversation, offset } }
}
