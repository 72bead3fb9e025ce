import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { renderMarkdown } from '../../../src/cli/markdown.ts'
import { written } from './terminal.ts'

const plain = (markdown: string, columns = 40) => renderMarkdown(written({ columns }).output, markdown)

test('paragraphs are joined, wrapped to the width, and kept apart', () => {
  expect(plain('one two three\nfour five six\n\nseven', 20)).toBe('one two three four\nfive six\n\nseven')
})

test('code is indented and otherwise left as it is, blank lines and stars too', () => {
  expect(plain('See:\n\n```sh\nip *a*  b\n\nls\n```\nDone.')).toBe(
    'See:\n\n    ip *a*  b\n    \n    ls\n\nDone.',
  )
})

test('list items wrap under their text, with the lines that go on', () => {
  expect(plain('- one two\n  three four five\n- six', 18)).toBe('  • one two three\n    four five\n  • six')
  expect(plain('1. first\n2. second')).toBe('  1. first\n  2. second')
})

test('emphasis leaves no marks, but names with underscores and stars in code stay', () => {
  expect(plain('**Why** is `a*b*c` *not* snake_case_name?')).toBe('Why is a*b*c not snake_case_name?')
  expect(plain('**Which `cali…` is `a*b` of**, *`c`*?')).toBe('Which cali… is a*b of, c?')
})

test('tables have columns as wide as their widest cell; bars in code or after backslashes are text', () => {
  expect(plain('| a | b |\n|---|:--|\n| `x|y` | 1 |\n| l\\|r | |')).toBe('  a    b\n  x|y  1\n  l|r')
})

test('headings lose their marks', () => {
  expect(plain('## Go on\n\nText')).toBe('Go on\n\nText')
})

test('colour does not count as width', () => {
  const { output } = written({ tty: true, columns: 20 })
  const lines = renderMarkdown(output, '`one` `two` `three` `four` five six').split('\n')
  expect(lines.join('')).toContain('\u001B[')
  expect(lines.map((line) => stripVTControlCharacters(line))).toEqual(['one two three four', 'five six'])
})
