import { fitLine, widthOf } from './line.ts'
import type { Marks } from './marks.ts'
import { longestWord, spanWidth, wrapSpans, type Span } from './spans.ts'
import { style } from './theme.ts'

/** A table's cells, each as spans. */
export interface Table {
  readonly header: readonly (readonly Span[])[]
  readonly rows: readonly (readonly (readonly Span[])[])[]
  /** Columns whose cells stand at the right. */
  readonly right: readonly boolean[]
}

const GAP = 2

/** Lines of a table. Cells wrap; where not even the longest words find room side by side, each row becomes a small list. */
export function renderTable(table: Table, columns: number, marks: Marks): string[] {
  const widths = columnWidths(table, columns - GAP * (table.header.length - 1))
  return widths ? grid(table, widths, marks) : records(table, columns, marks)
}

/** As wide as each column wants to be, or its fair share; undefined if words would have to be broken. */
function columnWidths({ header, rows }: Table, room: number): number[] | undefined {
  const cells = header.map((cell, i) => [cell, ...rows.map((row) => row[i] ?? [])])
  const wanted = cells.map((column) => Math.max(1, ...column.map(spanWidth)))
  const widths = cells.map((column) => Math.max(1, ...column.map(longestWord)))
  let spare = room - sum(widths)
  if (spare < 0) return undefined
  for (;;) {
    const lacking = widths.flatMap((width, i) => (width < (wanted[i] ?? 0) ? [i] : []))
    if (lacking.length === 0 || spare === 0) return widths
    const share = Math.max(1, Math.floor(spare / lacking.length))
    for (const i of lacking) {
      const more = Math.min(share, spare, (wanted[i] ?? 0) - (widths[i] ?? 0))
      widths[i] = (widths[i] ?? 0) + more
      spare -= more
    }
  }
}

function grid({ header, rows, right }: Table, widths: readonly number[], marks: Marks): string[] {
  const rowLines = (row: Table['header']): string[] => {
    const cells = widths.map((width, i) => wrapSpans(row[i] ?? [], width))
    const height = Math.max(...cells.map((cell) => cell.length))
    return Array.from({ length: height }, (_, y) =>
      cells
        .map((cell, i) => aligned(cell[y] ?? '', widths[i] ?? 0, right[i] ?? false))
        .join(' '.repeat(GAP))
        .trimEnd(),
    )
  }
  const rule = widths.map((width) => style('muted', marks.rule.repeat(width))).join(' '.repeat(GAP))
  return [...rowLines(header), rule, ...rows.flatMap(rowLines)]
}

const aligned = (text: string, width: number, right: boolean) =>
  right ? ' '.repeat(Math.max(0, width - widthOf(text))) + text : fitLine(text, width)

function records({ header, rows }: Table, columns: number, marks: Marks): string[] {
  const rule = style('muted', marks.rule.repeat(columns))
  const fields = (row: Table['header']) =>
    row.flatMap((cell, i) =>
      cell.length ? wrapSpans([...(header[i] ?? []), { text: ': ', roles: [] }, ...cell], columns) : [],
    )
  return rows.flatMap((row, y) => (y > 0 ? [rule, ...fields(row)] : fields(row)))
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
