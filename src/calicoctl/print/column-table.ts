/** The least that a column takes, and what is between columns. As Go's tabwriter for calicoctl. */
const NARROWEST = 5
const GAP = 3

/** Columns of text under their headings; each cell is padded, the last one too. */
export function columnTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) => {
    const longest = Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0))
    return Math.max(longest + GAP, NARROWEST)
  })
  const line = (cells: readonly string[]) =>
    `${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('')}\n`
  return [headings, ...rows].map(line).join('')
}
