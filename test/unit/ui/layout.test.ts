import { expect, test } from 'vitest'
import { inside, lessonLayout, type LessonShape, type Rect } from '../../../src/ui/layout.ts'

const shape = (columns: number, rows: number, rest: Partial<LessonShape> = {}): LessonShape => ({
  size: { columns, rows },
  count: 1,
  inTerminal: false,
  zoomed: false,
  ...rest,
})

const cellsOf = ({ columns, rows }: Rect) => columns * rows

test('on a small screen text and terminal take turns, below a line of tabs', () => {
  const pane = { x: 0, y: 2, columns: 80, rows: 21 }
  expect(lessonLayout(shape(80, 24))).toEqual({ text: pane, terminals: [], tabbed: true })
  expect(lessonLayout(shape(80, 24, { inTerminal: true }))).toEqual({
    text: undefined,
    terminals: [pane],
    tabbed: true,
  })
})

test('on a large screen text and two terminals fill all the room between the bars', () => {
  for (const [columns, rows] of [
    [160, 50],
    [111, 40],
    [250, 70],
  ] as const) {
    const { text, terminals } = lessonLayout(shape(columns, rows, { count: 3 }))
    expect(terminals).toHaveLength(2)
    const all = [...(text ? [text] : []), ...terminals]
    expect(all.reduce((sum, rect) => sum + cellsOf(rect), 0)).toBe(columns * (rows - 2))
  }
})

test('a low screen has one terminal beside the text, and zoom gives it everything', () => {
  const low = lessonLayout(shape(160, 30, { count: 2 }))
  expect(low.terminals).toHaveLength(1)
  expect(lessonLayout(shape(160, 50, { count: 2, inTerminal: true, zoomed: true }))).toEqual({
    text: undefined,
    terminals: [{ x: 0, y: 1, columns: 160, rows: 48 }],
    tabbed: false,
  })
})

test('a border takes a cell on each side', () => {
  expect(inside({ x: 2, y: 3, columns: 10, rows: 5 })).toEqual({ x: 3, y: 4, columns: 8, rows: 3 })
})
