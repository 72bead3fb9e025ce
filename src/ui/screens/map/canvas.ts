import { style, type Role } from '../../theme.ts'

interface Cell {
  readonly sign: string
  readonly roles: readonly Role[]
}

const BLANK: Cell = { sign: ' ', roles: [] }

/** Cells to draw on, as many rows as are drawn on. What is outside is not drawn. Signs are one cell wide each. */
export class Canvas {
  readonly columns: number
  readonly #rows: Cell[][] = []

  constructor(columns: number) {
    this.columns = columns
  }

  get rows(): number {
    return this.#rows.length
  }

  put(x: number, y: number, text: string, ...roles: readonly Role[]): void {
    Array.from(text).forEach((sign, i) => this.#set(x + i, y, { sign, roles }))
  }

  #set(x: number, y: number, cell: Cell): void {
    if (x < 0 || x >= this.columns || y < 0) return
    while (this.#rows.length <= y) this.#rows.push([])
    const row = this.#rows[y]!
    while (row.length < x) row.push(BLANK)
    row[x] = cell
  }

  /** Right-aligned: ends before `end`. */
  putBefore(end: number, y: number, text: string, ...roles: readonly Role[]): void {
    this.put(end - Array.from(text).length, y, text, ...roles)
  }

  /** A frame without anything in it. */
  frame(x: number, y: number, columns: number, rows: number, ...roles: readonly Role[]): void {
    const rule = '─'.repeat(Math.max(0, columns - 2))
    this.put(x, y, `┌${rule}┐`, ...roles)
    for (let row = y + 1; row < y + rows - 1; row++) {
      this.put(x, row, '│', ...roles)
      this.put(x + columns - 1, row, '│', ...roles)
    }
    this.put(x, y + rows - 1, `└${rule}┘`, ...roles)
  }

  /** Puts another drawing onto this one. */
  stamp(x: number, y: number, other: Canvas): void {
    other.#rows.forEach((row, dy) => row.forEach((cell, dx) => this.#set(x + dx, y + dy, cell)))
  }

  /** Adds roles to what is drawn already, blanks included. */
  mark(x: number, y: number, columns: number, role: Role): void {
    for (let at = x; at < x + columns; at++) {
      const { sign, roles } = this.#rows[y]?.[at] ?? BLANK
      this.put(at, y, sign, ...roles, role)
    }
  }

  /** Each row with its SGR, filled with blanks. */
  lines(): string[] {
    return this.#rows.map((cells) => {
      const row = [...cells, ...Array.from({ length: this.columns - cells.length }, () => BLANK)]
      const runs: { text: string; roles: readonly Role[] }[] = []
      for (const { sign, roles } of row) {
        const last = runs.at(-1)
        if (last && (last.roles === roles || String(last.roles) === String(roles))) last.text += sign
        else runs.push({ text: sign, roles })
      }
      return runs
        .map(({ text, roles }) => roles.reduceRight((inner, role) => style(role, inner), text))
        .join('')
    })
  }
}
