/** Longer cells are broken between words. */
const WIDEST = 30

/** A table in a box, as calicoctl's `ipam` and `node status` draw it: headings in the middle, numbers to the right. */
export function boxedTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const broken = rows.map((row) => row.map(brokenInLines))
  const titles = headings.map((heading) => heading.toUpperCase())
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => widthOf(row[column] ?? ''))),
  )
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const body = broken.flatMap((row) => {
    const height = Math.max(...row.map(({ length }) => length))
    return Array.from({ length: height }, (_, at) =>
      line(row.map((cell, column) => aligned(cell[at] ?? '', widths[column] ?? 0))),
    )
  })
  const heading = line(titles.map((title, column) => centred(title, widths[column] ?? 0)))
  return `${[rule, heading, rule, ...body, rule].join('\n')}\n`
}

/** Cells that are broken are as wide as may be, or as their longest word. */
function widthOf(text: string): number {
  const longest = Math.max(...brokenInLines(text).map(({ length }) => length))
  return Math.max(longest, Math.min(text.length, WIDEST))
}

function brokenInLines(text: string): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > WIDEST) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

function centred(text: string, width: number): string {
  const left = Math.floor((width - text.length) / 2)
  return text.padStart(text.length + left).padEnd(width)
}

function aligned(text: string, width: number): string {
  return /^-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?$/.test(text) ? text.padStart(width) : text.padEnd(width)
}
