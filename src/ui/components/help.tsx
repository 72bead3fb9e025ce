import type { Size } from '../../terminals/cells.ts'
import type { Rect } from '../layout.ts'
import { widthOf } from '../line.ts'
import type { Marks } from '../marks.ts'
import { OverlayFrame } from './overlay-frame.tsx'
import { centred } from './dialog-rect.ts'
import { helpLines, type HelpEntry } from './help-lines.ts'

interface HelpProps {
  readonly entries: readonly HelpEntry[]
  readonly scroll: number
  readonly size: Size
  readonly marks: Marks
}

/** All keys there are, over the screen. */
export function Help({ entries, scroll, size, marks }: HelpProps) {
  const lines = linesOfHelp(size, entries, marks)
  return (
    <OverlayFrame rect={rectOf(size, lines)} text={{ title: 'Keys', lines }} scroll={scroll} marks={marks} />
  )
}

/** Where {@link Help} lies. */
export const helpRect = (size: Size, entries: readonly HelpEntry[], marks: Marks): Rect =>
  rectOf(size, linesOfHelp(size, entries, marks))

/** Two columns at each side of the screen stay in sight, and two go to borders and blanks. */
export const linesOfHelp = (size: Size, entries: readonly HelpEntry[], marks: Marks) =>
  helpLines(entries, Math.max(1, size.columns - 8), marks)

function rectOf(size: Size, lines: readonly string[]): Rect {
  const columns = Math.max(...lines.map(widthOf)) + 4
  return centred(size, { columns, rows: Math.min(lines.length + 2, Math.max(3, size.rows - 2)) })
}
