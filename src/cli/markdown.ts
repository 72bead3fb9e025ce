import { stripVTControlCharacters } from 'node:util'
import type { Output } from './output.ts'

/**
 * The Markdown of lab texts as terminal lines: paragraphs and list items wrapped, code and tables left as they are, emphasis
 * styled. Without colour it is plain text that still reads well.
 */
export function renderMarkdown(output: Output, markdown: string): string {
  return blocksOf(markdown)
    .map((block) => renderBlock(output, block))
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

function renderBlock(output: Output, { kind, lines }: Block): string {
  switch (kind) {
    case 'code':
      return lines.map((line) => `    ${output.style('cyan', line)}`).join('\n')
    case 'table':
      return lines
        .filter((line) => !/^\|[\s:|-]+\|$/.test(line))
        .map((line) => `  ${inline(output, line)}`)
        .join('\n')
    case 'heading':
      return output.style('bold', lines.join(' ').replace(/^#+\s*/, ''))
    case 'list':
      return itemsOf(lines)
        .map((item) => wrap(inline(output, item), output.width, '    '))
        .join('\n')
    case 'text':
      return wrap(inline(output, lines.map((line) => line.trim()).join(' ')), output.width, '')
  }
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

function inline(output: Output, text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part) => {
      if (part.startsWith('`') && part.length > 2) return output.style('cyan', part.slice(1, -1))
      return part
        .replaceAll(/\*\*([^*]+)\*\*/g, (_, bold: string) => output.style('bold', bold))
        .replaceAll(/(?<![\w*])[*_]([^*_]+)[*_](?![\w*])/g, (_, soft: string) => output.style('italic', soft))
    })
    .join('')
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
