import { widthOf } from '../line.ts'
import type { Marks } from '../marks.ts'
import type { Size } from '../../terminals/cells.ts'
import { style } from '../theme.ts'
import { Lines } from './lines.tsx'
import { clampScroll, scrollRows } from './scroll.ts'

interface ScrollTextProps {
  readonly lines: readonly string[]
  readonly size: Size
  /** First line that is shown. */
  readonly offset: number
  readonly marks: Marks
}

/** Lines that are read by scrolling; the last row then says how many are above and below. */
export function ScrollText({ lines, size, offset, marks }: ScrollTextProps) {
  return <Lines lines={scrolledLines(lines, size, offset, marks)} size={size} />
}

/** What {@link ScrollText} shows. */
export function scrolledLines(lines: readonly string[], size: Size, offset: number, marks: Marks): string[] {
  const rows = scrollRows(lines.length, size.rows)
  const first = clampScroll(offset, lines.length, size.rows)
  const shown = lines.slice(first, first + rows)
  if (lines.length <= size.rows || size.rows < 2) return shown
  const above = first > 0 ? `${marks.up} ${first}` : ''
  const below = lines.length - first - rows
  const more = below > 0 ? `more ${marks.down} ${below}` : 'end'
  const said = [above, more].filter(Boolean).join('  ')
  return [...shown, ' '.repeat(Math.max(0, size.columns - widthOf(said))) + style('muted', said)]
}
