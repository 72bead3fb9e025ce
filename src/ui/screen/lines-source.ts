import type { CellSource } from './compositor.ts'
import { cellsOf } from './styled-line.ts'

/** Lines with SGR sequences as cells for the compositor; blank below the last one. They never change. */
export function linesSource(lines: readonly string[], columns: number): CellSource {
  return { row: (y) => cellsOf(lines[y] ?? '', columns) }
}
