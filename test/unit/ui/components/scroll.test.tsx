import { expect, test } from 'vitest'
import { clampScroll, windowStart } from '../../../../src/ui/components/scroll.ts'
import { ScrollText } from '../../../../src/ui/components/scroll-text.tsx'
import { UNICODE_MARKS as marks } from '../../../../src/ui/marks.ts'
import { renderInk } from '../../../helpers/render-ink.tsx'

const size = { columns: 14, rows: 4 }
const lines = Array.from({ length: 9 }, (_, i) => `line ${i + 1}`)
const shown = (of: readonly string[], offset: number) =>
  renderInk(<ScrollText lines={of} size={size} offset={offset} marks={marks} />, size).lines

test('text that fits is shown as it is', () => {
  expect(shown(lines.slice(0, 4), 2)).toEqual(['line 1', 'line 2', 'line 3', 'line 4'])
})

test('longer text says how much there is above and below', () => {
  expect(shown(lines, 0)).toEqual(['line 1', 'line 2', 'line 3', '      more ↓ 6'])
  expect(shown(lines, 2)).toEqual(['line 3', 'line 4', 'line 5', ' ↑ 2  more ↓ 4'])
})

test('it never scrolls past its end, where every line has been seen', () => {
  expect(shown(lines, 99)).toEqual(['line 7', 'line 8', 'line 9', '      ↑ 6  end'])
  expect([-1, 0, 3, 99, Infinity].map((offset) => clampScroll(offset, 9, 4))).toEqual([0, 0, 3, 6, 6])
  expect(clampScroll(3, 4, 4)).toBe(0)
})

test('a window keeps what is selected in its middle, and to the ends', () => {
  expect([0, 1, 5, 9].map((selected) => windowStart(selected, 10, 4))).toEqual([0, 0, 3, 6])
  expect(windowStart(2, 3, 4)).toBe(0)
})
