import type { Size } from '../../terminals/cells.ts'
import type { CellSource } from './compositor.ts'
import { cellsOf } from './styled-line.ts'

/** Lines with SGR as what a pane shows: each is parsed when it is first seen; blanks where there is none. */
export function lineSource(lines: readonly string[], { columns }: Pick<Size, 'columns'>): CellSource {
  const rows: ReturnType<typeof cellsOf>[] = []
  return { row: (y) => (rows[y] ??= cellsOf(lines[y] ?? '', columns)) }
}
