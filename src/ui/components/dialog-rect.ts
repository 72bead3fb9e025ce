import type { Size } from '../../terminals/cells.ts'
import type { Rect } from '../layout.ts'
import { widthOf } from '../line.ts'
import type { KeyHint } from './key-hint.ts'

export interface DialogText {
  readonly title: string
  /** With or without SGR; wrapped by whoever made them, to {@link dialogColumns} or less. */
  readonly lines: readonly string[]
  /** What can be answered. */
  readonly keys?: readonly KeyHint[] | undefined
}

/** Borders and a blank beside them; on screens with room for it, some of what is below stays in sight. */
const SIDES = 4
const MARGIN = 2
const WIDEST = 84

/** The widest that lines of a dialog can be. */
export const dialogColumns = ({ columns }: Size) =>
  Math.max(1, Math.min(WIDEST, columns - 2 * MARGIN) - SIDES)

/** Where a dialog lies: in the middle, as large as its text needs. */
export function dialogRect(size: Size, { title, lines, keys = [] }: DialogText): Rect {
  const answers = keys.reduce((sum, hint) => sum + widthOf(hint.label) + widthOf(hint.keys[0] ?? '') + 3, 0)
  const wanted = Math.max(widthOf(title) + 4, answers, ...lines.map(widthOf))
  const columns = Math.min(wanted, dialogColumns(size)) + SIDES
  const rows = Math.min(lines.length + 2 + (keys.length > 0 ? 2 : 0), Math.max(3, size.rows - 2))
  return centred(size, { columns, rows })
}

export function centred(outer: Size, { columns, rows }: Size): Rect {
  const x = Math.max(0, Math.floor((outer.columns - columns) / 2))
  const y = Math.max(0, Math.floor((outer.rows - rows) / 2))
  return { x, y, columns: Math.min(columns, outer.columns), rows: Math.min(rows, outer.rows) }
}
