import { lexer, type MarkedToken, type Token, type Tokens } from 'marked'
import { fitLine, headOf, widthOf } from './line.ts'
import { UNICODE_MARKS, type Marks } from './marks.ts'
import { renderTable } from './markdown-table.ts'
import { wrapSpans, type Span } from './spans.ts'
import { style, type Role } from './theme.ts'

// Live values of a cluster stand in the texts; none of them may move the cursor.
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g

const TAB = '    '

/** Markdown (GitHub's) as terminal lines, none wider than `columns`, each with all the SGR that it needs. */
export function renderMarkdown(markdown: string, columns: number, marks: Marks = UNICODE_MARKS): string[] {
  const clean = markdown.replaceAll('\r\n', '\n').replaceAll(CONTROL, '')
  return blocks(lexer(clean), Math.max(2, columns), marks)
}

/** Blocks one below the other, with an empty line between two. */
function blocks(tokens: readonly Token[], columns: number, marks: Marks): string[] {
  const shown = tokens.filter(({ type }) => type !== 'space' && type !== 'def')
  return shown.flatMap((token, i) => [...(i > 0 ? [''] : []), ...block(token as MarkedToken, columns, marks)])
}

function block(token: MarkedToken, columns: number, marks: Marks): string[] {
  switch (token.type) {
    case 'heading':
      return wrapSpans(spansOf(token.tokens, ['heading']), columns)
    case 'code':
      return codeBlock(token.text, columns, marks)
    case 'list':
      return list(token, columns, marks)
    case 'blockquote': {
      const bar = style('muted', marks.quoteBar)
      return blocks(token.tokens, columns - 2, marks).map((line) => `${bar} ${line}`.trimEnd())
    }
    case 'table':
      return renderTable(
        {
          header: token.header.map((cell) => spansOf(cell.tokens, ['strong'])),
          rows: token.rows.map((row) => row.map((cell) => spansOf(cell.tokens))),
          right: token.align.map((align) => align === 'right'),
        },
        columns,
        marks,
      )
    case 'hr':
      return [style('muted', marks.rule.repeat(columns))]
    default:
      return wrapSpans(spansOf('tokens' in token && token.tokens ? token.tokens : [token]), columns)
  }
}

/** Behind a bar, wrapped at blanks where there are any; a line that goes on has another sign in the bar's place. */
function codeBlock(code: string, columns: number, marks: Marks): string[] {
  return code
    .replace(/\n$/, '')
    .replaceAll('\t', TAB)
    .split('\n')
    .flatMap((line) =>
      cutCode(line, columns - 2).map((part, i) => {
        const bar = style('muted', i === 0 ? marks.codeBar : marks.codeGoesOn)
        return part === '' ? bar : `${bar} ${style('code', part)}`
      }),
    )
}

function cutCode(line: string, columns: number): string[] {
  if (widthOf(line) <= columns) return [line]
  const head = headOf(line, columns, 1)
  const blank = line.lastIndexOf(' ', head.length)
  const cut = blank > head.length / 2 ? blank + 1 : head.length
  return [line.slice(0, cut).trimEnd(), ...cutCode(line.slice(cut), columns)]
}

function list(token: Tokens.List, columns: number, marks: Marks): string[] {
  const first = token.start || 1
  const numbers = token.items.map((item, i) => marker(token, item, first + i, marks))
  const indent = Math.min(Math.max(...numbers.map(widthOf)), columns - 2)
  return token.items.flatMap((item, i) => {
    const inner = token.loose
      ? blocks(withoutBox(item.tokens), columns - indent, marks)
      : withoutBox(item.tokens).flatMap((part) => block(part as MarkedToken, columns - indent, marks))
    const lines = inner.length ? inner : ['']
    const marked = lines.map((line, at) => {
      if (at === 0) return fitLine(numbers[i] ?? '', indent, '') + line
      return line && ' '.repeat(indent) + line
    })
    return token.loose && i > 0 ? ['', ...marked] : marked
  })
}

function marker(list: Tokens.List, item: Tokens.ListItem, number: number, marks: Marks): string {
  if (item.task) return item.checked ? '[x] ' : '[ ] '
  return list.ordered ? `${number}. ` : `${marks.bullet} `
}

const withoutBox = (tokens: readonly Token[]) =>
  tokens.filter(({ type }) => type !== 'checkbox' && type !== 'space')

/** Inline tokens as spans; each look adds to those around it. */
function spansOf(tokens: readonly Token[], roles: readonly Role[] = []): Span[] {
  return tokens.flatMap((token) => inline(token as MarkedToken, roles))
}

function inline(token: MarkedToken, roles: readonly Role[]): Span[] {
  const add = (role: Role): readonly Role[] => (roles.includes(role) ? roles : [...roles, role])
  switch (token.type) {
    case 'strong':
      return spansOf(token.tokens, add('strong'))
    case 'em':
      return spansOf(token.tokens, add('soft'))
    case 'del':
      return spansOf(token.tokens, add('muted'))
    case 'codespan':
      return [{ text: oneLine(token.text), roles: add('code'), whole: true }]
    case 'link': {
      const text = spansOf(token.tokens, add('link'))
      const same = [token.href, token.href.replace(/^mailto:/, '')].includes(token.text)
      return same ? text : [...text, { text: ` (${token.href})`, roles }]
    }
    case 'image':
      return [{ text: `${token.text} (${token.href})`, roles }]
    case 'br':
      return [{ text: '\n', roles }]
    case 'html':
      return [{ text: /^<br\s*\/?>$/.test(token.text) ? '\n' : token.text.trimEnd(), roles }]
    default:
      if ('tokens' in token && token.tokens) return spansOf(token.tokens, roles)
      return [{ text: oneLine('text' in token ? token.text : token.raw), roles }]
  }
}

/** A line break in the source of a paragraph is a blank. */
const oneLine = (text: string) => text.replaceAll(/\s*\n\s*/g, ' ')
