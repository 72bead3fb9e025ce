import type { PacketDetail, PacketNode } from '../../../capture/packet-capture.ts'
import type { Size } from '../../../terminals/cells.ts'
import { fitLine } from '../../line.ts'
import { style } from '../../theme.ts'
import { nodeIndex, treeRows } from './packet-tree.ts'
import type { PacketsState } from './packets-state.ts'

/** Offset, sixteen bytes in two halves, sixteen characters, and two blanks between each. */
const COLUMNS_OF_16 = 4 + 2 + (16 * 3 - 1) + 1 + 2 + 16

export const bytesPerRow = (columns: number): number => (columns >= COLUMNS_OF_16 ? 16 : 8)

/** First row of bytes that is shown: where the learner scrolled to, or where the node's bytes begin. */
export function bytesTop(detail: PacketDetail, state: PacketsState, size: Size): number {
  const each = bytesPerRow(size.columns)
  const rows = Math.ceil(detail.bytes.length / each)
  const { start, length } = selectedNode(detail, state) ?? { start: 0, length: 0 }
  // A row before it says what comes before; a node that fits in the first rows needs none.
  const auto = start + length <= each * size.rows ? 0 : Math.floor(start / each) - 1
  return Math.max(0, Math.min(state.bytesTop ?? auto, rows - size.rows))
}

/** A packet's bytes as lines: offset, hexadecimal, ASCII; those of the selected node inverse. */
export function bytesLines(detail: PacketDetail | undefined, state: PacketsState, size: Size): string[] {
  if (!detail) return []
  const each = bytesPerRow(size.columns)
  const node = selectedNode(detail, state)
  const top = bytesTop(detail, state, size)
  const count = Math.max(0, Math.min(size.rows, Math.ceil(detail.bytes.length / each) - top))
  return Array.from({ length: count }, (_, i) => {
    const at = (top + i) * each
    return fitLine(rowOf(detail.bytes.subarray(at, at + each), at, each, node), size.columns)
  })
}

function selectedNode(detail: PacketDetail, state: PacketsState): PacketNode | undefined {
  const rows = treeRows(detail, state.toggled)
  return rows[nodeIndex(rows, state.node)]?.node
}

function rowOf(bytes: Uint8Array, at: number, each: number, node: PacketNode | undefined): string {
  const half = each / 2
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, '0'))
  const hex = `${digits.slice(0, half).join(' ')}  ${digits.slice(half).join(' ')}`
  const text = String.fromCodePoint(...bytes.map(shown))
  const column = (byte: number) => byte * 3 + (byte < half ? 0 : 1)
  const clamp = (position: number) => Math.max(0, Math.min(bytes.length, position - at))
  const [from, to] = node ? [clamp(node.start), clamp(node.start + node.length)] : [0, 0]
  return [
    style('muted', at.toString(16).padStart(4, '0')),
    marked(hex.padEnd(column(each - 1) + 2), column(from), to > from ? column(to - 1) + 2 : column(from)),
    marked(text, from, to),
  ].join('  ')
}

const marked = (text: string, from: number, to: number) =>
  text.slice(0, from) + style('selected', text.slice(from, to)) + text.slice(to)

const shown = (byte: number) => (byte >= 0x20 && byte < 0x7f ? byte : 0x2e)
