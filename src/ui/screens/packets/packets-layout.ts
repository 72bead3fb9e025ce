import type { Size } from '../../../terminals/cells.ts'
import type { Rect } from '../../layout.ts'
import type { PacketPane } from './packets-state.ts'

/** From here on tree and bytes stand side by side. */
const WIDE = 130
/** From here on all three stand one above the other. */
const TALL = 36
/** Sixteen bytes with offset, hexadecimal, text, and the border. */
const BYTES_COLUMNS = 74
/** Whole bytes of a small packet: eight rows and the border. */
const BYTES_ROWS = 10

export interface PacketsLayout {
  /** All panes together. */
  readonly all: Rect
  readonly list: Rect
  /** Undefined where the room is the other's. */
  readonly tree: Rect | undefined
  readonly bytes: Rect | undefined
  /** The line below the panes. */
  readonly status: Rect
}

/** Where the panes are, borders included. Where there is room for two, tree and bytes take turns below the list. */
export function packetsLayout({ columns, rows }: Size, pane: PacketPane): PacketsLayout {
  const body = Math.max(2, rows - 1)
  const status = { x: 0, y: body, columns, rows: 1 }
  const listRows = Math.max(1, Math.round(body * (rows >= TALL ? 0.45 : 0.5)))
  const all = { x: 0, y: 0, columns, rows: body }
  const list = { x: 0, y: 0, columns, rows: listRows }
  const below = { x: 0, y: listRows, columns, rows: body - listRows }
  if (columns >= WIDE) {
    const tree = { ...below, columns: columns - BYTES_COLUMNS }
    return { all, list, tree, bytes: { ...below, x: tree.columns, columns: BYTES_COLUMNS }, status }
  }
  if (rows >= TALL) {
    const tree = { ...below, rows: below.rows - BYTES_ROWS }
    return { all, list, tree, bytes: { ...below, y: tree.y + tree.rows, rows: BYTES_ROWS }, status }
  }
  return pane === 'bytes'
    ? { all, list, tree: undefined, bytes: below, status }
    : { all, list, tree: below, bytes: undefined, status }
}

/** The first of the entries to show so that the selected one is seen, moving as little as possible. */
export function windowTop(top: number, selected: number, entries: number, rows: number): number {
  const least = Math.max(0, selected - rows + 1)
  const most = Math.max(0, Math.min(selected, entries - rows))
  return Math.max(Math.min(top, most), Math.min(least, most))
}
