import type { CellRow } from '../../terminals/cells.ts'

/** One row of the screen while layers are laid over each other. */
export class RowCanvas implements CellRow {
  readonly chars: string[]
  readonly styles: string[]

  constructor(columns: number) {
    this.chars = Array.from<string>({ length: columns }).fill(' ')
    this.styles = Array.from<string>({ length: columns }).fill('')
  }

  /**
   * Lays `columns` cells of a row, from its column `fromX`, at `x`; blank where the row is too short. A wide character
   * that is cut, in the row or in what it covers, becomes a space.
   */
  lay(row: CellRow | undefined, fromX: number, x: number, columns: number, style = asItIs): void {
    const left = Math.max(0, x)
    const right = Math.min(this.chars.length, x + columns)
    if (left >= right) return
    const { chars, styles } = this
    if (left > 0 && chars[left] === '') chars[left - 1] = ' '
    if (chars[right] === '') chars[right] = ' '
    const shift = fromX - x
    for (let at = left; at < right; at++) {
      chars[at] = row?.chars[at + shift] ?? ' '
      styles[at] = style(row?.styles[at + shift] ?? '')
    }
    if (chars[left] === '') chars[left] = ' '
    if (row?.chars[right + shift] === '') chars[right - 1] = ' '
  }
}

const asItIs = (style: string) => style
