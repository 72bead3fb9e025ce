import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'

const segmenter = new Intl.Segmenter()

/** What a person sees as single characters, each with its index. */
export const graphemesOf = (text: string) => [...segmenter.segment(text)]

/** ASCII, arrows, box drawing and the like: a cell each, and nearly all that is drawn. */
const NARROW = /^[ -~·…\u2190-\u21FF\u2500-\u25FC]*$/

/** Cells that a line takes; SGR takes none. */
export function widthOf(line: string): number {
  const text = line.includes('\u001B') ? stripVTControlCharacters(line) : line
  return NARROW.test(text) ? text.length : stringWidth(line)
}

// An SGR sequence, or anything else as a run.
// oxlint-disable-next-line no-control-regex
const PARTS = /\u001B\[[\d;:]*m|[^\u001B]+/g

/** A line (which may hold SGR) of exactly `columns` cells: filled with blanks, or cut with `more` as its last sign. */
export function fitLine(line: string, columns: number, more = '…'): string {
  const width = widthOf(line)
  if (width <= columns) return line + ' '.repeat(columns - width)
  const kept = cutLine(line, columns - widthOf(more))
  return columns < 1 ? '' : kept + more + ' '.repeat(Math.max(0, columns - widthOf(kept) - widthOf(more)))
}

/** The first `columns` cells of a line at most, with every SGR sequence of it, so that what is on is switched off again. */
function cutLine(line: string, columns: number): string {
  let left = columns
  return (line.match(PARTS) ?? [])
    .map((part) => {
      if (part.startsWith('\u001B')) return part
      const head = headOf(part, left)
      left = head === part ? left - widthOf(head) : 0
      return head
    })
    .join('')
}

/** As many whole graphemes as fit, but `least` of them even if they do not. */
export function headOf(text: string, columns: number, least = 0): string {
  if (NARROW.test(text)) return text.slice(0, Math.max(columns, least, 0))
  let head = ''
  let width = 0
  let count = 0
  for (const { segment } of graphemesOf(text)) {
    width += widthOf(segment)
    if (width > columns && count >= least) break
    head += segment
    count += 1
  }
  return head
}
