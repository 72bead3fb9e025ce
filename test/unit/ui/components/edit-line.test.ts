import { describe, expect, test } from 'vitest'
import { editLine, EMPTY_LINE, lineOf, type LineKey } from '../../../../src/ui/components/edit-line.ts'
import { lineInput } from '../../../../src/ui/components/line-input.ts'
import { widthOf } from '../../../../src/ui/line.ts'

const ctrl = (name: string): LineKey => ({ name, ctrl: true })
const named = (name: string): LineKey => ({ name })
const typed = (text: string): LineKey[] => Array.from(text, (char) => ({ name: char, text: char }))

/** The line after these keys, with a bar where the cursor is. */
function after(keys: readonly LineKey[], from = EMPTY_LINE): string {
  const { text, cursor } = keys.reduce(editLine, from)
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`
}

describe('a line', () => {
  test.each<[string, LineKey[], string]>([
    ['takes text at the cursor', [...typed('ac'), named('left'), ...typed('b')], 'ab|c'],
    ['stays at its ends', [named('left'), ...typed('a'), named('right'), named('right')], 'a|'],
    [
      'goes to both ends',
      [...typed('ab'), named('home'), ...typed('x'), named('end'), ...typed('y')],
      'xaby|',
    ],
    ['does so as in a shell', [...typed('ab'), ctrl('a'), ...typed('x'), ctrl('e'), ...typed('y')], 'xaby|'],
    ['deletes before the cursor', [...typed('abc'), named('left'), named('backspace')], 'a|c'],
    ['deletes behind the cursor', [...typed('abc'), named('home'), named('delete')], '|bc'],
    ['deletes a word', [...typed('udp port  8472'), ctrl('w'), ctrl('w')], 'udp |'],
    ['deletes all before the cursor', [...typed('abc'), named('left'), ctrl('u')], '|c'],
    ['deletes all behind the cursor', [...typed('abc'), named('left'), ctrl('k')], 'ab|'],
    [
      'ignores other keys',
      [...typed('a'), named('f5'), ctrl('x'), { name: 'b', alt: true, text: 'b' }],
      'a|',
    ],
  ])('%s', (_, keys, line) => {
    expect(after(keys)).toBe(line)
  })

  test('takes a paste whole, as one line and without control characters', () => {
    expect(after([{ name: 'paste', text: 'tcp\r\nport 80\u001B[2J\n' }])).toBe('tcp port 80[2J |')
  })

  test('moves and deletes by what a person sees as a character', () => {
    expect(after([named('backspace')], lineOf('e\u0301👩‍👩‍👧‍👦'))).toBe('e\u0301|')
    expect(after([named('left'), named('left')], lineOf('e\u0301漢'))).toBe('|e\u0301漢')
  })
})

describe('its cells', () => {
  const underCursor = (line: string) => line.split(/\p{Cc}\[2?7m/u)[1]

  test('have the cursor on the character it stands before', () => {
    expect(lineInput({ text: 'abc', cursor: 1 }, 6)).toBe('a\u001B[7mb\u001B[27mc   ')
    expect(lineInput(lineOf('abc'), 6)).toBe('abc\u001B[7m \u001B[27m  ')
  })

  test.each([0, 5, 30, 59, 60])('are as many as asked for, with the cursor in sight at %i', (cursor) => {
    const shown = lineInput({ text: 'x漢'.repeat(30), cursor }, 20)
    expect(widthOf(shown)).toBe(20)
    expect(underCursor(shown)).toBe(cursor === 60 ? ' ' : cursor % 2 === 0 ? 'x' : '漢')
  })
})
