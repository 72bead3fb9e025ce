import { stripVTControlCharacters } from 'node:util'
import type { Output } from './output.ts'

/**
 * The Markdown of lab texts as terminal lines: paragraphs and list items wrapped, code and tables left as they are, emphasis
 * styled. Without colour it is plain text that still reads well.
 */
export function renderMarkdown(output: Output, markdown: string): string {
  return blocksOf(markdown)
    .map(({ kind, lines }) => RENDERERS[kind](output, lines))
    .join('\n\n')
}

type Block = {
  readonly kind: 'code' | 'table' | 'heading' | 'list' | 'text'
  readonly lines: readonly string[]
}

function blocksOf(markdown: string): Block[] {
  const parts = markdown.trim().split(/^(```[^\n]*\n[\s\S]*?^```)$/m)
  return parts.flatMap((part): Block[] => {
    if (part.startsWith('```')) return [{ kind: 'code', lines: part.split('\n').slice(1, -1) }]
    return part
      .split(/\n\s*\n/)
      .map((text) => text.replaceAll(/^\n+|\s+$/g, ''))
      .filter(Boolean)
      .map((text) => ({ kind: kindOf(text), lines: text.split('\n') }))
  })
}

function kindOf(text: string): Block['kind'] {
  if (text.startsWith('|')) return 'table'
  if (text.startsWith('#')) return 'heading'
  return /^\s*([-*]|\d+\.) /.test(text) ? 'list' : 'text'
}

const RENDERERS: Readonly<Record<Block['kind'], (output: Output, lines: readonly string[]) => string>> = {
  code: (output, lines) => lines.map((line) => `    ${output.style('cyan', line)}`).join('\n'),
  table: (output, lines) => renderTable(output, lines),
  heading: (output, lines) => output.style('bold', lines.join(' ').replace(/^#+\s*/, '')),
  list: (output, lines) =>
    itemsOf(lines)
      .map((item) => wrap(inline(output, item), output.width, '    '))
      .join('\n'),
  text: (output, lines) => wrap(inline(output, lines.map((line) => line.trim()).join(' ')), output.width, ''),
}

/** Columns as wide as their widest cell, the heading set off by space alone. */
function renderTable(output: Output, lines: readonly string[]): string {
  const rows = lines
    .filter((line) => !/^\|[\s:|-]+\|$/.test(line))
    .map((line) => cellsOf(line).map((cell) => inline(output, cell)))
  const shown = (cell: string) => stripVTControlCharacters(cell).length
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => shown(row[i] ?? ''))))
  const padded = (cell: string, i: number) => cell + ' '.repeat(Math.max(0, (widths[i] ?? 0) - shown(cell)))
  return rows.map((row) => `  ${row.map(padded).join('  ')}`.trimEnd()).join('\n')
}

/** A bar inside `code` or after a backslash does not end a cell. */
function cellsOf(line: string): string[] {
  const inner = line.trim().replace(/^\||\|$/g, '')
  const cells = inner.match(/(?:\\\||`[^`]*`|[^|])+/g) ?? []
  return cells.map((cell) => cell.trim().replaceAll('\\|', '|'))
}

/** List items with their continuation lines joined. */
function itemsOf(lines: readonly string[]): string[] {
  const items: string[] = []
  for (const line of lines) {
    if (/^\s*([-*]|\d+\.) /.test(line)) items.push(`  ${line.trimEnd().replace(/^(\s*)[-*] /, '$1• ')}`)
    else items.push(`${items.pop() ?? ''} ${line.trim()}`)
  }
  return items
}

/** Stands for a piece of code while emphasis is looked for; a character of nobody's. */
const CODE = '\uE000'

function inline(output: Output, text: string): string {
  const codes: string[] = []
  const keep = (_: string, code: string) => {
    codes.push(code)
    return CODE
  }
  return text
    .replaceAll(/`([^`]+)`/g, keep)
    .replaceAll(/\*\*([^*]+)\*\*/g, (_, bold: string) => output.style('bold', bold))
    .replaceAll(/(?<![\w*])[*_]([^*_]+)[*_](?![\w*])/g, (_, soft: string) => output.style('italic', soft))
    .replaceAll(CODE, () => output.style('cyan', codes.shift() ?? ''))
}

function wrap(text: string, width: number, indent: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/(?<=\S) +/)) {
    const longer = line ? `${line} ${word}` : word
    if (line && stripVTControlCharacters(longer).length > width) {
      lines.push(line)
      line = indent + word
    } else {
      line = longer
    }
  }
  return [...lines, line].join('\n')
}
