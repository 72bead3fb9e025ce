import stringWidth from 'string-width'
import type { CellRow } from '../../terminals/cells.ts'
import { applySgr, PLAIN, sgrOf } from './sgr.ts'

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** A control sequence, a string such as a hyperlink (OSC), or another escape (ECMA-48 5.4, 5.6); or text. */
const PIECE =
  // oxlint-disable-next-line no-control-regex
  /\x1b\[([0-?]*)[ -/]*([@-~])|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b[ -/]*[^[\]PX^_ -/\x1b]?|[^\x1b]+/g

// oxlint-disable-next-line no-control-regex
const ASCII = /^[\x20-\x7e]*$/

/** The cells of a line of text with SGR sequences; other sequences are dropped, and what does not fit. */
export function cellsOf(line: string, columns: number): CellRow {
  const row = new RowWriter(columns)
  let pen = PLAIN
  for (const [piece, parameters = '', final] of line.matchAll(PIECE)) {
    if (!piece.startsWith('\x1b')) row.write(piece)
    else if (final === 'm') {
      pen = applySgr(pen, parameters)
      row.style = sgrOf(pen)
    }
  }
  return row
}

class RowWriter implements CellRow {
  readonly chars: string[]
  readonly styles: string[]
  style = ''
  #x = 0

  constructor(columns: number) {
    this.chars = Array.from<string>({ length: columns }).fill(' ')
    this.styles = Array.from<string>({ length: columns }).fill('')
  }

  write(text: string): void {
    if (ASCII.test(text)) for (const char of text) this.#put(char, 1)
    else for (const { segment } of graphemes.segment(text)) this.#put(segment, stringWidth(segment))
  }

  #put(grapheme: string, width: number): void {
    if (width === 0) this.#join(grapheme)
    else if (this.#x + width <= this.chars.length) {
      this.chars[this.#x] = grapheme
      this.styles[this.#x++] = this.style
      for (let i = 1; i < width; i++) {
        this.chars[this.#x] = ''
        this.styles[this.#x++] = this.style
      }
      // A wide character that does not fit ends the line: what follows must not slip into its place.
    } else this.#x = this.chars.length
  }

  /** A combining mark alone, as where a style begins between it and its letter. Control characters are dropped. */
  #join(mark: string): void {
    // oxlint-disable-next-line no-control-regex
    if (this.#x === 0 || /^[\x00-\x1f\x7f-\x9f]/.test(mark)) return
    const at = this.chars[this.#x - 1] === '' ? this.#x - 2 : this.#x - 1
    this.chars[at] += mark
  }
}
