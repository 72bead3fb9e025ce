import type { CellRow, Size } from '../../terminals/cells.ts'

/** From this many blank cells at a row's end, erasing them is shorter than writing them. */
const WORTH_ERASING = 4

/** Not what any cell shows: so a cell is written whatever it is to show. */
const UNKNOWN = '\0'

/** Turns rows of cells into what has to be written to a terminal that shows something already. */
export class Painter {
  readonly #size: Size
  /** What the terminal shows. */
  readonly #shown: { readonly chars: string[]; readonly styles: string[] }[]
  #out = ''
  /** Where the terminal's cursor is; undefined after what terminals do not agree on. */
  #at: { x: number; y: number } | undefined
  /** SGR parameters in force; undefined when not known. */
  #style: string | undefined

  /** For a terminal that shows nobody knows what. */
  constructor(size: Size) {
    this.#size = size
    this.#shown = Array.from({ length: size.rows }, () => ({
      chars: Array.from<string>({ length: size.columns }).fill(UNKNOWN),
      styles: Array.from<string>({ length: size.columns }).fill(''),
    }))
  }

  /** Has row `y` show these cells, as many as the terminal has columns. */
  row(y: number, { chars, styles }: CellRow): void {
    const shown = this.#shown[y]
    if (!shown) return
    const end = this.#contentEnd(chars, styles)
    for (let x = 0; x < this.#size.columns; x++) {
      if (chars[x] === shown.chars[x] && styles[x] === shown.styles[x]) continue
      if (x >= end) return this.#eraseFrom(x, y)
      this.#cell(x, y, chars, styles)
    }
  }

  /** Puts the cursor somewhere. */
  moveTo(x: number, y: number): void {
    if (this.#at?.x === x && this.#at.y === y) return
    this.#out += this.#move(x, y)
    this.#at = { x, y }
  }

  /** All that has to be written since the last call; '' for nothing. */
  take(): string {
    const taken = this.#out
    this.#out = ''
    return taken
  }

  /** Column from where on the row is blank, when that is worth erasing. */
  #contentEnd(chars: readonly string[], styles: readonly string[]): number {
    let end = this.#size.columns
    while (end > 0 && chars[end - 1] === ' ' && styles[end - 1] === '') end--
    return this.#size.columns - end < WORTH_ERASING ? this.#size.columns : end
  }

  #eraseFrom(x: number, y: number): void {
    const shown = this.#shown[y]
    const rest = this.#size.columns - x
    this.moveTo(x, y)
    this.#setStyle('')
    this.#out += '\x1b[K'
    shown?.chars.splice(x, rest, ...Array.from<string>({ length: rest }).fill(' '))
    shown?.styles.splice(x, rest, ...Array.from<string>({ length: rest }).fill(''))
  }

  #cell(x: number, y: number, chars: readonly string[], styles: readonly string[]): void {
    const shown = this.#shown[y]
    const char = chars[x] ?? ' '
    const style = styles[x] ?? ''
    if (!shown) return
    shown.chars[x] = char
    shown.styles[x] = style
    // The right half of a wide character comes with the left one.
    if (char === '') return
    this.#catchUp(x, y, chars, styles)
    this.#setStyle(style)
    const wide = chars[x + 1] === ''
    // Terminals differ in how wide they draw it: neither may what was below shine through, nor what follows be moved.
    const certain = !wide && char.length === 1
    this.#out += certain ? char : `\x1b[${wide ? 2 : 1}X${char}`
    this.#at = certain && x + 1 < this.#size.columns ? { x: x + 1, y } : undefined
    // What overwrites half of a wide character takes the other half as well.
    if (!wide && shown.chars[x + 1] === '') shown.chars[x + 1] = UNKNOWN
    if (!wide) return
    shown.chars[x + 1] = ''
    shown.styles[x + 1] = style
    if (shown.chars[x + 2] === '') shown.chars[x + 2] = UNKNOWN
  }

  /** Moves forward to a cell, by writing what stands between again where that is shorter. */
  #catchUp(x: number, y: number, chars: readonly string[], styles: readonly string[]): void {
    const from = this.#at?.y === y ? this.#at.x : undefined
    const between = from !== undefined && from < x ? chars.slice(from, x) : []
    const same = (char: string, i: number) => char.length === 1 && styles[(from ?? 0) + i] === this.#style
    if (between.length > 0 && between.length <= 3 && between.every(same)) {
      this.#out += between.join('')
      this.#at = { x, y }
    } else this.moveTo(x, y)
  }

  #move(x: number, y: number): string {
    const at = this.#at
    if (at?.y === y && x > at.x) return x - at.x === 1 ? '\x1b[C' : `\x1b[${x - at.x}C`
    if (at?.y === y && x === 0) return '\r'
    if (at && x === 0 && y === at.y + 1) return '\r\n'
    if (x === 0) return y === 0 ? '\x1b[H' : `\x1b[${y + 1}H`
    return `\x1b[${y + 1};${x + 1}H`
  }

  #setStyle(style: string): void {
    if (style === this.#style) return
    if (style === '') this.#out += '\x1b[m'
    else this.#out += this.#style === '' ? `\x1b[${style}m` : `\x1b[0;${style}m`
    this.#style = style
  }
}
