import type { IBufferCell, IBufferLine } from '@xterm/headless'
import { RowWriter, type RunRow } from './runs.ts'
import { sgrOf } from './sgr.ts'

/** Glues two cells into one glyph on terminals that know it, and so would move the rest of the row. */
const JOINER_AT_END = /\u200d$/

/** Reads a line of xterm's buffer. @param cell where its cells are put one after the other, for speed. */
export function readRow(line: IBufferLine | undefined, columns: number, cell: IBufferCell): RunRow {
  const row = new RowWriter()
  for (let x = 0; x < columns;) {
    // A line may be shorter or longer than the screen just after a resize.
    const width = line?.getCell(x, cell)?.getWidth() ?? 0
    const cut = width === 0 || x + width > columns
    const style = width === 0 ? '' : sgrOf(cell)
    row.put(style, cut ? ' ' : cell.getChars().replace(JOINER_AT_END, '') || ' ', cut ? 1 : width)
    x += cut ? 1 : width
  }
  return row.finish()
}
