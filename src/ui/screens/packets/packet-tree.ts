import type { PacketDetail, PacketNode } from '../../../capture/packet-capture.ts'
import type { Size } from '../../../terminals/cells.ts'
import { fitLine } from '../../line.ts'
import type { Marks } from '../../marks.ts'
import { style } from '../../theme.ts'
import { windowTop } from './packets-layout.ts'
import type { PacketsState } from './packets-state.ts'

/** A node that can be seen. */
export interface TreeRow {
  readonly node: PacketNode
  readonly depth: number
  /** The same for the same field of another packet. */
  readonly key: string
  /** Undefined for one that has nothing in it. */
  readonly open: boolean | undefined
}

/** Layers that are open at first: the innermost ones, which a packet is about. */
const OPEN_AT_FIRST = 2

/** The nodes of a packet that are not inside a closed one. */
export function treeRows(detail: PacketDetail | undefined, toggled: ReadonlySet<string>): TreeRow[] {
  const layers = detail?.tree ?? []
  const opens = (node: PacketNode, depth: number) =>
    depth === 0 && layers.indexOf(node) >= layers.length - OPEN_AT_FIRST
  const rows = (nodes: readonly PacketNode[], depth: number, above: string): TreeRow[] => {
    const times = new Map<string, number>()
    return nodes.flatMap((node) => {
      const name = nameOf(node)
      const nth = times.get(name) ?? 0
      times.set(name, nth + 1)
      const key = `${above}/${name}${nth > 0 ? `#${nth}` : ''}`
      if (node.children.length === 0) return [{ node, depth, key, open: undefined }]
      const open = opens(node, depth) !== toggled.has(key)
      return [{ node, depth, key, open }, ...(open ? rows(node.children, depth + 1, key) : [])]
    })
  }
  return rows(layers, 0, '')
}

/** What comes before the value, without numbers: "Frame", "Source Address". */
const nameOf = ({ text }: PacketNode) => (/^[^:,]*/.exec(text)?.[0] ?? '').replaceAll(/\d+/g, '').trim()

/** Where among the rows the selected node is: the nearest one around it where it can't be seen; -1 without any. */
export function nodeIndex(rows: readonly TreeRow[], node: string | undefined): number {
  for (let key = node ?? ''; key !== ''; key = key.slice(0, key.lastIndexOf('/'))) {
    const at = rows.findIndex((row) => row.key === key)
    if (at >= 0) return at
  }
  return Math.min(0, rows.length - 1)
}

/** The tree as lines of exactly this size. */
export function treeLines(
  detail: PacketDetail | undefined,
  state: PacketsState,
  size: Size,
  marks: Marks,
): string[] {
  const rows = treeRows(detail, state.toggled)
  const selected = nodeIndex(rows, state.node)
  const top = windowTop(state.treeTop, selected, rows.length, size.rows)
  return rows.slice(top, top + size.rows).map((row, i) => {
    const line = fitLine(`${'  '.repeat(row.depth)}${signOf(row)} ${row.node.text}`, size.columns, marks.more)
    if (top + i === selected) return style(state.pane === 'tree' ? 'selected' : 'strong', line)
    return row.depth === 0 ? style('heading', line) : line
  })
}

const signOf = ({ open }: TreeRow) => (open === undefined ? ' ' : open ? '-' : '+')
