/** Rows that lines get: one is for saying how many more there are, when there are more. */
export const scrollRows = (lines: number, rows: number) => (lines > rows ? Math.max(1, rows - 1) : rows)

/** The offset nearest to this one that shows lines only. */
export function clampScroll(offset: number, lines: number, rows: number): number {
  return Math.max(0, Math.min(offset, lines - scrollRows(lines, rows)))
}

/** First of the entries that are shown when `selected` has to be among them, in the middle where possible. */
export function windowStart(selected: number, entries: number, rows: number): number {
  return Math.max(0, Math.min(selected - Math.floor(rows / 2), entries - rows))
}
