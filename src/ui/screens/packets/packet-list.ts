import type { PacketSummary } from '../../../capture/packet-capture.ts'
import type { Size } from '../../../terminals/cells.ts'
import { fitLine, widthOf } from '../../line.ts'
import type { Marks } from '../../marks.ts'
import { style } from '../../theme.ts'
import { windowTop } from './packets-layout.ts'
import { countOf, numberAt, type PacketsState, positionOf } from './packets-state.ts'

/** From here on times have microseconds and addresses all the room they need. */
const WIDE = 110
const HEADER_ROWS = 1

interface Column {
  readonly name: string
  readonly of: (packet: PacketSummary) => string
  /** Cells that it gets at most. */
  readonly most: number
  readonly right?: boolean
}

const columnsFor = (wide: boolean): Column[] => [
  { name: 'No.', of: ({ number }) => String(number), most: 6, right: true },
  { name: 'Time', of: ({ time }) => time.toFixed(wide ? 6 : 3), most: 14, right: true },
  { name: 'Source', of: ({ source }) => source, most: wide ? 39 : 15 },
  { name: 'Destination', of: ({ destination }) => destination, most: wide ? 39 : 15 },
  { name: 'Protocol', of: ({ protocol }) => protocol, most: wide ? 12 : 8 },
  { name: wide ? 'Length' : 'Len', of: ({ length }) => String(length), most: 6, right: true },
]

/** Packets that fit into the list. */
export const listRows = (size: Size): number => Math.max(1, size.rows - HEADER_ROWS)

/** The list as lines: a header, and as many packets as there is room for, whatever their number. */
export function listLines(
  packets: readonly PacketSummary[],
  state: PacketsState,
  size: Size,
  marks: Marks,
): string[] {
  const selected = positionOf(state, packets)
  const rows = listRows(size)
  const top = windowTop(state.listTop, selected, countOf(state, packets), rows)
  const shown = Array.from({ length: rows }, (_, i) => numberAt(state, packets, top + i))
    .map((number) => packets[(number ?? 0) - 1])
    .filter((packet) => packet !== undefined)
  const columns = columnsFor(size.columns >= WIDE)
  const widths = columns.map(({ name, of, most }) =>
    Math.max(name.length, ...shown.map((packet) => Math.min(most, widthOf(of(packet))))),
  )
  const line = (mark: string, cells: readonly string[], info: string) => {
    const fitted = columns.map(({ right }, i) => fitCell(cells[i] ?? '', widths[i] ?? 0, right, marks))
    return fitLine(`${mark} ${fitted.join(' ')} ${info}`, size.columns, marks.more)
  }
  const header = style(
    'heading',
    line(
      ' ',
      columns.map(({ name }) => name),
      'Info',
    ),
  )
  const lines = shown.map((packet, i) => {
    const isSelected = top + i === selected
    const text = line(
      isSelected ? marks.pointer : ' ',
      columns.map(({ of }) => of(packet)),
      packet.info,
    )
    if (!isSelected) return text
    return style(state.pane === 'list' ? 'selected' : 'strong', text)
  })
  const body = lines.length > 0 ? lines : [style('muted', `  ${whyEmpty(state)}`)]
  return [header, ...body].slice(0, size.rows)
}

const whyEmpty = ({ filter }: PacketsState) =>
  filter === '' ? 'Nothing has passed here yet.' : `No packet's line has "${filter}" in it.`

function fitCell(text: string, columns: number, right: boolean | undefined, marks: Marks): string {
  const blank = right ? columns - widthOf(text) : 0
  return blank > 0 ? ' '.repeat(blank) + text : fitLine(text, columns, marks.more)
}
