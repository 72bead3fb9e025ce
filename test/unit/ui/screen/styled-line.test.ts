import { expect, test } from 'vitest'
import { cellsOf } from '../../../../src/ui/screen/styled-line.ts'

const cells = (line: string, columns: number) => {
  const { chars, styles } = cellsOf(line, columns)
  return chars.map((char, x) => (styles[x] ? `${char}(${styles[x]})` : char)).join('|')
}

test('Styles are canonical, however they were set.', () => {
  expect(cells('\x1b[31m\x1b[1mab\x1b[22mc\x1b[39md', 5)).toBe('a(1;31)|b(1;31)|c(31)|d| ')
  expect(cells('\x1b[38;5;208;1mx\x1b[mx\x1b[48:2::1:2:3my\x1b[4:3mz', 4)).toBe(
    'x(1;38;5;208)|x|y(48;2;1;2;3)|z(4;48;2;1;2;3)',
  )
})

test('A wide character takes two cells, and ends a line that it does not fit.', () => {
  expect(cells('a漢b', 5)).toBe('a|漢||b| ')
  expect(cells('abc漢d', 4)).toBe('a|b|c| ')
})

test('Combining characters and emoji of several code points share their cell.', () => {
  expect(cells('e\u0301x', 3)).toBe('e\u0301|x| ')
  expect(cells('👩‍💻x', 3)).toBe('👩‍💻||x')
  expect(cells('e\x1b[1m\u0301漢\x1b[0m\u0301', 3)).toBe('e\u0301|漢\u0301(1)|(1)')
})

test('Hyperlinks, other sequences and control characters are dropped.', () => {
  expect(cells('\x1b]8;;http://x\x07li\x1b]8;;\x1b\\nk\x1b[2K\x1b(B\t!', 8)).toBe('l|i|n|k|!| | | ')
})

test('A line that is too long is cut.', () => {
  expect(cells('\x1b[7mabcdef', 3)).toBe('a(7)|b(7)|c(7)')
})
