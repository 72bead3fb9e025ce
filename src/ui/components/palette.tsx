import type { Size } from '../../terminals/cells.ts'
import type { Rect } from '../layout.ts'
import { fitLine, widthOf } from '../line.ts'
import type { Marks } from '../marks.ts'
import { style } from '../theme.ts'
import { OverlayFrame } from './overlay-frame.tsx'
import { centred, dialogColumns } from './dialog-rect.ts'
import type { LineState } from './edit-line.ts'
import { lineInput } from './line-input.ts'
import { matchEntries, type Entry } from './match-entries.ts'
import { windowStart } from './scroll.ts'

interface PaletteProps {
  readonly title: string
  readonly entries: readonly Entry[]
  readonly query: LineState
  /** Index among the entries that the query leaves. */
  readonly selected: number
  readonly size: Size
  readonly marks: Marks
}

const COLUMNS = 64
const ROWS = 20
/** Borders, the query and the line below it. */
const AROUND = 4

/** Choosing by typing: the query above, what it leaves below. */
export function Palette({ title, entries, query, selected, size, marks }: PaletteProps) {
  const rect = paletteRect(size, entries.length)
  const columns = rect.columns - 4
  const rows = Math.max(1, rect.rows - AROUND)
  const found = matchEntries(query.text, entries)
  const first = windowStart(selected, found.length, rows)
  const shown = found
    .slice(first, first + rows)
    .map((entry, i) => entryLine(entry, columns, first + i === selected, marks))
  const lines = [
    style('accent', '> ') + lineInput(query, columns - 2),
    style('muted', marks.rule.repeat(columns)),
    ...(shown.length > 0 ? shown : [style('muted', fitLine(`Nothing matches "${query.text}".`, columns))]),
  ]
  return <OverlayFrame rect={rect} text={{ title, lines }} marks={marks} />
}

/** Where a {@link Palette} lies; the same whatever the query. */
export function paletteRect(size: Size, entries: number): Rect {
  const rows = Math.min(Math.min(ROWS, Math.max(1, entries)) + AROUND, Math.max(AROUND + 1, size.rows - 2))
  return centred(size, { columns: Math.min(COLUMNS, dialogColumns(size)) + 4, rows })
}

function entryLine({ label, note = '' }: Entry, columns: number, selected: boolean, marks: Marks): string {
  const pointer = selected ? marks.pointer : ' '
  const text = fitLine(`${pointer} ${label}`, Math.max(1, columns - widthOf(note) - 1), marks.more)
  return selected ? style('selected', `${text} ${note}`) : `${text} ${style('muted', note)}`
}
