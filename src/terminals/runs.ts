import type { CellRow } from './cells.ts'

/**
 * Neighbouring cells that look the same. Of two members: a cell for each code point of the text. Of three: one cell
 * with all of the text, so many columns wide; nobody but the keeper has to know how wide a character is.
 */
export type Run =
  | readonly [style: string, text: string]
  | readonly [style: string, text: string, columns: number]

/** A row as it travels. Blank cells at its end are left out. */
export type RunRow = readonly Run[]

/** Puts a row together from its cells, left to right. */
export class RowWriter {
  readonly #runs: Run[] = []
  #style = ''
  #text = ''

  put(style: string, text: string, columns: number): void {
    const plain = columns === 1 && text.length === String.fromCodePoint(text.codePointAt(0) ?? 0).length
    if (!plain || style !== this.#style) this.#endRun()
    if (plain) {
      this.#style = style
      this.#text += text
    } else {
      this.#runs.push([style, text, columns])
    }
  }

  finish(): RunRow {
    if (this.#style === '') this.#text = this.#text.replace(/ +$/, '')
    this.#endRun()
    return this.#runs
  }

  #endRun(): void {
    if (this.#text !== '') this.#runs.push([this.#style, this.#text])
    this.#text = ''
  }
}

/** Whether two rows look the same. */
export function sameRow(a: RunRow, b: RunRow): boolean {
  return (
    a.length === b.length &&
    a.every((run, i) => run[0] === b[i]?.[0] && run[1] === b[i]?.[1] && run[2] === b[i]?.[2])
  )
}

/** The cells of a row, exactly as many as there are columns. */
export function cellsOf(row: RunRow, columns: number): CellRow {
  const chars: string[] = []
  const styles: string[] = []
  for (const [style, text, width] of row) {
    for (const char of width === undefined ? text : [text]) {
      chars.push(char)
      styles.push(style)
      for (let half = 1; half < (width ?? 1); half++) {
        chars.push('')
        styles.push(style)
      }
    }
  }
  while (chars.length < columns) {
    chars.push(' ')
    styles.push('')
  }
  return { chars, styles }
}
