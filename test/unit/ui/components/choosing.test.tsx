import { Box } from 'ink'
import { describe, expect, test } from 'vitest'
import { lineOf } from '../../../../src/ui/components/edit-line.ts'
import { Help, helpRect } from '../../../../src/ui/components/help.tsx'
import { helpLines } from '../../../../src/ui/components/help-lines.ts'
import { matchEntries } from '../../../../src/ui/components/match-entries.ts'
import { Palette, paletteRect } from '../../../../src/ui/components/palette.tsx'
import { UNICODE_MARKS as marks } from '../../../../src/ui/marks.ts'
import { widthOf } from '../../../../src/ui/line.ts'
import type { Size } from '../../../../src/terminals/cells.ts'
import { renderInk } from '../../../helpers/render-ink.tsx'

/** An overlay needs a screen to lie on. */
const onScreen = (element: Parameters<typeof renderInk>[0], size: Size) =>
  renderInk(
    <Box width={size.columns} height={size.rows}>
      {element}
    </Box>,
    size,
  ).lines

const ENTRIES = [
  { id: 'step.check', label: 'check', note: 'c' },
  { id: 'step.next', label: 'next', note: 'n' },
  { id: 'terminal.next', label: 'next terminal', note: ']' },
  { id: 'terminal.new', label: 'new terminal', note: 't' },
  { id: 'map.show', label: 'map', note: 'm' },
]

describe('a query', () => {
  const found = (query: string) => matchEntries(query, ENTRIES).map(({ id }) => id)

  test('of nothing leaves everything in its order', () => {
    expect(found(' ')).toEqual(ENTRIES.map(({ id }) => id))
  })

  test('prefers labels that begin with it, then words, then parts', () => {
    expect(found('ne')).toEqual(['step.next', 'terminal.next', 'terminal.new'])
    expect(found('term')).toEqual(['terminal.next', 'terminal.new'])
    expect(found('TERMINAL NE')).toEqual(['terminal.next', 'terminal.new'])
  })

  test('finds by the id, and by letters in their order', () => {
    expect(found('show')).toEqual(['map.show'])
    expect(found('ntrm')).toEqual(['terminal.next', 'terminal.new'])
    expect(found('zz')).toEqual([])
  })
})

describe('the palette', () => {
  const size = { columns: 80, rows: 24 }
  const palette = (query: string, selected: number, at = size, entries = ENTRIES) =>
    onScreen(
      <Palette
        title="All commands"
        entries={entries}
        query={lineOf(query)}
        selected={selected}
        size={at}
        marks={marks}
      />,
      at,
    )

  test('shows what the query leaves, with keys and a mark at what is selected', () => {
    const box = palette('ne', 1).filter((line) => line.includes('┃'))
    expect(box.map((line) => line.trim().replaceAll(/ {2,}/g, '  '))).toEqual([
      '┃ > ne  ┃',
      `┃ ${'─'.repeat(64)} ┃`,
      '┃  next  n ┃',
      '┃ ▸ next terminal  ] ┃',
      '┃  new terminal  t ┃',
      '┃  ┃',
      '┃  ┃',
    ])
  })

  test('says so when nothing is left', () => {
    expect(palette('zz', 0).join('\n')).toContain('Nothing matches "zz".')
  })

  test('stays on a small screen, with what is selected in sight', () => {
    const many = Array.from({ length: 80 }, (_, i) => ({ id: `id${i}`, label: `entry ${i}`, note: '' }))
    const at = { columns: 40, rows: 10 }
    const lines = palette('', 41, at, many)
    expect(lines.join('\n')).toContain('▸ entry 41')
    const { x, y, columns, rows } = paletteRect(at, many.length)
    expect(x >= 0 && y >= 0 && x + columns <= 40 && y + rows <= 10).toBe(true)
  })
})

const KEYS = [
  { keys: ['enter'], label: 'type the command', context: 'lesson' },
  { keys: ['n', 'right'], label: 'next', context: 'lesson' },
  { keys: ['f12'], label: 'back to the lesson', context: 'terminal' },
  { keys: ['q', 'ctrl-c'], label: 'quit; the lab goes on', context: 'everywhere' },
  { keys: ['?', 'f1'], label: 'help', context: 'everywhere' },
]

describe('the help', () => {
  test('has every key once, grouped, in one column where it is narrow', () => {
    const size = { columns: 44, rows: 16 }
    const shown = onScreen(<Help entries={KEYS} scroll={0} size={size} marks={marks} />, size)
    expect(shown.map((line) => line.trim())).toEqual([
      '',
      '',
      '┏━ ▸ Keys ━━━━━━━━━━━━━━━━━━━━━━━━┓',
      '┃ Lesson                          ┃',
      '┃ Enter  type the command         ┃',
      '┃ n →    next                     ┃',
      '┃                                 ┃',
      '┃ Terminal                        ┃',
      '┃ F12  back to the lesson         ┃',
      '┃                                 ┃',
      '┃ Everywhere                      ┃',
      '┃ q Ctrl-C  quit; the lab goes on ┃',
      '┃ ? F1      help                  ┃',
      '┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛',
      '',
      '',
    ])
  })

  test.each([
    [80, 24],
    [160, 50],
    [40, 10],
  ])('fits a screen of %i x %i', (columns, rows) => {
    const size = { columns, rows }
    const rect = helpRect(size, KEYS, marks)
    expect(rect.x >= 0 && rect.x + rect.columns <= columns && rect.y + rect.rows <= rows).toBe(true)
    expect(Math.max(...helpLines(KEYS, columns - 8, marks).map(widthOf))).toBeLessThanOrEqual(
      rect.columns - 4,
    )
    const lines = onScreen(<Help entries={KEYS} scroll={0} size={size} marks={marks} />, size)
    expect(lines.length).toBeLessThanOrEqual(rows)
  })

  test('uses the room that there is for columns', () => {
    const wide = helpLines(KEYS, 100, marks)
    expect(wide.length).toBeLessThan(helpLines(KEYS, 40, marks).length)
    for (const { label } of KEYS) expect(wide.join('\n').split(label)).toHaveLength(2)
  })
})
