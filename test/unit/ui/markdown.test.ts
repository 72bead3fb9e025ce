import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { renderMarkdown } from '../../../src/ui/markdown.ts'
import { marksFor } from '../../../src/ui/marks.ts'

const LABS = resolve(import.meta.dirname, '../../../labs')

const texts = readdirSync(LABS, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.md'))
  .map((file) => ({ file, markdown: filled(readFileSync(join(LABS, file), 'utf8')) }))

/** With values about as long as the live ones. */
function filled(text: string): string {
  return text.replaceAll(/\{\{[^}]*\}\}/g, '10.42.1.13')
}

const plain = (markdown: string, columns: number) =>
  renderMarkdown(markdown, columns).map((line) => stripVTControlCharacters(line))

/** What is to be read, without blanks, markup and the signs that a renderer puts beside it. */
const letters = (text: string) => text.replaceAll(/[\s*`|#>│┃↪•─-]+|&nbsp;/g, '')

const withoutFences = (markdown: string) => markdown.replaceAll(/^```\w*$/gm, '')

/** Cells of a table stand beside each other, so they have a test of their own. */
const withoutTables = (markdown: string) => markdown.replaceAll(/^\|.*\|$/gm, '')

test('all texts of the labs are here', () => {
  expect(texts.length).toBeGreaterThan(30)
})

describe.each([30, 46, 78, 100])('at %i columns', (columns) => {
  test.each(texts)('no line of $file is too wide', ({ markdown }) => {
    const tooWide = renderMarkdown(markdown, columns).filter((line) => stringWidth(line) > columns)
    expect(tooWide).toEqual([])
  })

  test.each(texts)('no word of $file is lost, doubled or moved', ({ markdown }) => {
    expect(letters(plain(withoutTables(markdown), columns).join('\n'))).toBe(
      letters(withoutFences(withoutTables(markdown))),
    )
  })

  test.each(texts)('every word in the tables of $file is there', ({ markdown }) => {
    const shown = plain(markdown, columns).join(' ')
    const words = (markdown.match(/^\|.*\|$/gm) ?? []).flatMap((row) => row.split(/[\s|`*-]+/))
    expect(words.filter((word) => !shown.includes(word))).toEqual([])
  })

  test.each(texts)('each line of $file ends the looks that it begins', ({ markdown }) => {
    for (const line of renderMarkdown(markdown, columns)) {
      // oxlint-disable-next-line no-control-regex
      const codes = [...line.matchAll(/\u001B\[([\d;]+)m/g)].flatMap(([, list = '']) => list.split(';'))
      const on = codes.filter((code) => !/^[23]\d$|^39$/.test(code) || /^3[0-7]$/.test(code))
      expect(on.length * 2, line).toBe(codes.length)
    }
  })
})

test('emphasis, code and links have their looks and lose their markup', () => {
  const [line] = renderMarkdown('A **bold `ip a`** and *soft* [text](http://x.y), <http://a.b>.', 78)
  expect(line).toBe(
    'A \u001B[1mbold \u001B[22m\u001B[1m\u001B[36mip a\u001B[39m\u001B[22m and \u001B[3msoft\u001B[23m ' +
      '\u001B[4mtext\u001B[24m (http://x.y), \u001B[4mhttp://a.b\u001B[24m.',
  )
})

test('code in a sentence goes to the next line whole, with the sign behind it', () => {
  expect(plain('Say it with `ip -d link show`, then read.', 24)).toEqual([
    'Say it with',
    'ip -d link show, then',
    'read.',
  ])
})

test('code that fits on no line is broken at its blanks', () => {
  expect(plain('`kubectl get pods --all-namespaces -o wide`', 20)).toEqual([
    'kubectl get pods',
    '--all-namespaces -o',
    'wide',
  ])
})

test('fenced code stands behind a bar and says where a line goes on', () => {
  expect(plain('```sh\nip route\n\tx | sort | uniq -c\n```', 16)).toEqual([
    '│ ip route',
    '│     x | sort |',
    '↪ uniq -c',
  ])
})

test('lists nest, count from where they begin and hang', () => {
  expect(
    plain('9. nine is a word\n10. ten\n    - nested words\n\nthen\n\n- [x] done\n- [ ] to do', 14),
  ).toEqual([
    '9.  nine is a',
    '    word',
    '10. ten',
    '    • nested',
    '      words',
    '',
    'then',
    '',
    '[x] done',
    '[ ] to do',
  ])
})

test('a list with paragraphs has air between its items', () => {
  expect(plain('- one\n\n  more\n\n- two', 20)).toEqual(['• one', '', '  more', '', '• two'])
})

test('quotations have a bar on every line', () => {
  expect(plain('> a quoted sentence\n>\n> - item', 12)).toEqual(['┃ a quoted', '┃ sentence', '┃', '┃ • item'])
})

const TABLE = '| field | what it says |\n|---|--:|\n| dst | the MAC of the VTEP |\n| `vni` | 1 |'

test('a table is as wide as it needs', () => {
  expect(plain(TABLE, 60)).toEqual([
    'field         what it says',
    '─────  ───────────────────',
    'dst    the MAC of the VTEP',
    'vni                      1',
  ])
})

test('cells of a table wrap where the table is too wide', () => {
  expect(plain(TABLE, 18)).toEqual([
    'field      what it',
    '              says',
    '─────  ───────────',
    'dst     the MAC of',
    '          the VTEP',
    'vni              1',
  ])
})

test('a table whose words do not fit side by side is a list of records', () => {
  expect(plain(TABLE, 10)).toEqual([
    'field: dst',
    'what it',
    'says: the',
    'MAC of the',
    'VTEP',
    '──────────',
    'field: vni',
    'what it',
    'says: 1',
  ])
})

test('wide and combining characters are counted as cells', () => {
  const lines = renderMarkdown('漢字漢字漢字 e\u0301e\u0301e\u0301 👩‍👩‍👧‍👦👩‍👩‍👧‍👦\n\n```\n漢字漢字漢字\n```', 7)
  expect(lines.map((line) => stringWidth(line)).every((width) => width <= 7)).toBe(true)
  expect(lines.map((line) => stripVTControlCharacters(line))).toEqual([
    '漢字漢',
    '字漢字',
    'e\u0301e\u0301e\u0301',
    '👩‍👩‍👧‍👦👩‍👩‍👧‍👦',
    '',
    '│ 漢字',
    '↪ 漢字',
    '↪ 漢字',
  ])
})

test('control characters in live values can not reach the terminal', () => {
  expect(plain('a\u001B[2Jb \u009B1mc\u0007', 20)).toEqual(['a[2Jb 1mc'])
})

test('where the locale is not UTF-8 the renderer adds ASCII only', () => {
  const lines = renderMarkdown(
    `- a\n\n> b\n\n---\n\n\`\`\`\n${'c'.repeat(20)}\n\`\`\`\n\n${TABLE}`,
    12,
    marksFor({}),
  )
  const signs = stripVTControlCharacters(lines.join(''))
  expect(signs.match(/[^ -~]/g)).toBeNull()
})
