import { headOf, widthOf } from './line.ts'
import { style, type Role } from './theme.ts'

/** A run of text in one look. */
export interface Span {
  readonly text: string
  readonly roles: readonly Role[]
  /** To be kept on one line where it fits on one, though it has blanks: code. */
  readonly whole?: boolean
}

/** What is never broken unless it must be: the pieces between two places where a line may end. */
interface Word {
  readonly pieces: readonly Span[]
  readonly width: number
}

/** Lines of spans as strings, each line with all its SGR; `\n` in a span ends a line. */
export function wrapSpans(spans: readonly Span[], columns: number): string[] {
  return hardLines(spans).flatMap((line) => wrapLine(line, columns))
}

/** Plain text as lines. */
export const wrapText = (text: string, columns: number): string[] => wrapSpans([{ text, roles: [] }], columns)

/** The widest thing that has to be broken when there are fewer columns than this. */
export function longestWord(spans: readonly Span[]): number {
  const loose = spans.map(({ text, roles }) => ({ text, roles }))
  return Math.max(0, ...hardLines(loose).flatMap((line) => wordsOf(line).map(({ width }) => width)))
}

export const spanWidth = (spans: readonly Span[]): number =>
  Math.max(...hardLines(spans).map((line) => line.reduce((sum, { text }) => sum + widthOf(text), 0)))

function hardLines(spans: readonly Span[]): Span[][] {
  const lines: Span[][] = [[]]
  for (const span of spans) {
    const [first = '', ...rest] = span.text.split('\n')
    lines.at(-1)?.push({ ...span, text: first })
    for (const text of rest) lines.push([{ ...span, text }])
  }
  return lines
}

function wrapLine(spans: readonly Span[], columns: number): string[] {
  const lines: Span[][] = []
  let line: Span[] = []
  let width = 0
  for (const word of wordsOf(spans.flatMap((span) => loosened(span, columns)))) {
    if (width > 0 && width + 1 + word.width > columns) {
      lines.push(line)
      line = []
      width = 0
    }
    if (width > 0) line.push(gap(line.at(-1), word.pieces[0]))
    const parts = word.width > columns ? broken(word.pieces, columns) : [word.pieces]
    for (const part of parts.slice(0, -1)) lines.push([...part])
    const last = parts.at(-1) ?? []
    line.push(...last)
    width = line.reduce((sum, { text }) => sum + widthOf(text), 0)
  }
  return [...lines, line].map(toLine)
}

/** A blank between two words has the looks that both have: inside emphasis it is emphasised. */
function gap(before: Span | undefined, after: Span | undefined): Span {
  const roles = before?.roles.filter((role) => after?.roles.includes(role)) ?? []
  return { text: ' ', roles }
}

/** What fits on no line may be broken at its blanks after all. */
const loosened = (span: Span, columns: number): Span =>
  span.whole && widthOf(span.text) > columns ? { text: span.text, roles: span.roles } : span

function wordsOf(spans: readonly Span[]): Word[] {
  const words: Span[][] = [[]]
  for (const span of spans) {
    const [first = '', ...rest] = span.whole ? [span.text] : span.text.split(/[ \t]+/)
    words.at(-1)?.push({ ...span, text: first })
    for (const text of rest) words.push([{ ...span, text }])
  }
  return words
    .map((pieces) => pieces.filter(({ text }) => text !== ''))
    .filter((pieces) => pieces.length > 0)
    .map((pieces) => ({ pieces, width: pieces.reduce((sum, { text }) => sum + widthOf(text), 0) }))
}

/** A word wider than a line, cut between graphemes. */
function broken(pieces: readonly Span[], columns: number): Span[][] {
  const lines: Span[][] = [[]]
  let left = columns
  for (const piece of pieces) {
    let text = piece.text
    while (text !== '') {
      const head = headOf(text, left, left === columns ? 1 : 0)
      lines.at(-1)?.push({ ...piece, text: head })
      text = text.slice(head.length)
      left -= widthOf(head)
      if (text !== '') {
        lines.push([])
        left = columns
      }
    }
  }
  return lines.map((line) => line.filter(({ text }) => text !== ''))
}

function toLine(spans: readonly Span[]): string {
  const runs: { text: string; roles: readonly Role[] }[] = []
  for (const { text, roles } of spans) {
    const last = runs.at(-1)
    if (last && String(last.roles) === String(roles)) last.text += text
    else runs.push({ text, roles })
  }
  return runs.map(({ text, roles }) => roles.reduceRight((inner, role) => style(role, inner), text)).join('')
}
