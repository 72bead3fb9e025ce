import { expect, test } from 'vitest'
import { cellsOf, RowWriter, sameRow, type RunRow } from '../../../src/terminals/runs.ts'
import { changedRows } from '../../../src/terminals/view-feed.ts'

type Cell = readonly [style: string, text: string, columns?: number]

function rowOf(...cells: Cell[]): RunRow {
  const row = new RowWriter()
  for (const [style, text, columns = 1] of cells) row.put(style, text, columns)
  return row.finish()
}

test('neighbours of one look travel as one run, and blanks at the end not at all', () => {
  const row = rowOf(['', 'a'], ['', ' '], ['1;31', 'b'], ['1;31', 'c'], ['', ' '], ['', ' '])
  expect(row).toEqual([
    ['', 'a '],
    ['1;31', 'bc'],
  ])
})

test('blanks at the end that have a look of their own are kept', () => {
  expect(rowOf(['', 'a'], ['44', ' '], ['44', ' '])).toEqual([
    ['', 'a'],
    ['44', '  '],
  ])
})

test('wide and composed cells say how wide they are, so that whoever draws need not measure', () => {
  const row = rowOf(['', '漢', 2], ['', 'e\u0301'], ['7', '👩', 2], ['', '𝔸'])
  expect(row).toEqual([
    ['', '漢', 2],
    ['', 'e\u0301', 1],
    ['7', '👩', 2],
    ['', '𝔸'],
  ])
  expect(cellsOf(row, 8)).toEqual({
    chars: ['漢', '', 'e\u0301', '👩', '', '𝔸', ' ', ' '],
    styles: ['', '', '', '7', '7', '', '', ''],
  })
})

test('a row comes back cell by cell from JSON, as wide as the screen', () => {
  const cells: Cell[] = [
    ['38;2;1;2;3', 'x'],
    ['38;2;1;2;3', ' '],
    ['', '"'],
    ['', '\\'],
    ['4', '–'],
  ]
  const travelled = JSON.parse(JSON.stringify(rowOf(...cells))) as RunRow
  expect(cellsOf(travelled, 6)).toEqual({
    chars: ['x', ' ', '"', '\\', '–', ' '],
    styles: ['38;2;1;2;3', '38;2;1;2;3', '', '', '4', ''],
  })
  expect(cellsOf([], 2)).toEqual({ chars: [' ', ' '], styles: ['', ''] })
})

test('rows are the same only when each run is, in look, text and width', () => {
  const row = rowOf(['1', 'a'], ['', '漢', 2])
  expect(sameRow(row, rowOf(['1', 'a'], ['', '漢', 2]))).toBe(true)
  expect(sameRow(row, rowOf(['', 'a'], ['', '漢', 2]))).toBe(false)
  expect(sameRow(row, rowOf(['1', 'b'], ['', '漢', 2]))).toBe(false)
  expect(sameRow(row, rowOf(['1', 'a'], ['', '漢', 1]))).toBe(false)
  expect(sameRow(row, rowOf(['1', 'a']))).toBe(false)
  expect(sameRow([], row)).toBe(false)
})

test('only rows that look different are sent, and all of them when none is known', () => {
  const [a, b, c] = [rowOf(['', 'a']), rowOf(['', 'b']), rowOf(['', 'c'])]
  expect(changedRows([a, b], [a, c])).toEqual([[1, c]])
  expect(changedRows([], [a, b])).toEqual([
    [0, a],
    [1, b],
  ])
  expect(changedRows([a, b], [rowOf(['', 'a']), rowOf(['', 'b'])])).toEqual([])
})
