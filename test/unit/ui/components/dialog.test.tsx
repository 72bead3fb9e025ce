import { Box, Text } from 'ink'
import { describe, expect, test } from 'vitest'
import { Dialog } from '../../../../src/ui/components/dialog.tsx'
import { dialogColumns, dialogRect } from '../../../../src/ui/components/dialog-rect.ts'
import { lineOf } from '../../../../src/ui/components/edit-line.ts'
import { Frame } from '../../../../src/ui/components/frame.tsx'
import { Prompt, promptRect } from '../../../../src/ui/components/prompt.tsx'
import { marksFor, UNICODE_MARKS as marks } from '../../../../src/ui/marks.ts'
import { renderInk } from '../../../helpers/render-ink.tsx'

const size = { columns: 48, rows: 10 }
const keys = [
  { keys: ['enter'], label: 'stop it' },
  { keys: ['escape'], label: 'no' },
]

/** A dialog over a screen full of signs. */
const over = (element: Parameters<typeof renderInk>[0], at = size) =>
  renderInk(
    <Box width={at.columns} height={at.rows}>
      <Text>{Array.from({ length: at.rows }, () => '.'.repeat(at.columns)).join('\n')}</Text>
      {element}
    </Box>,
    at,
  ).lines

test('a dialog lies in the middle and covers what is below it, blanks too', () => {
  const lines = ['The lab stops, its machines go.', '', 'Progress is kept.']
  expect(over(<Dialog size={size} title="Stop flannel?" lines={lines} keys={keys} marks={marks} />)).toEqual([
    '................................................',
    '......┏━ ▸ Stop flannel? ━━━━━━━━━━━━━━━┓.......',
    '......┃ The lab stops, its machines go. ┃.......',
    '......┃                                 ┃.......',
    '......┃ Progress is kept.               ┃.......',
    '......┃                                 ┃.......',
    '......┃ Enter stop it  Esc no           ┃.......',
    '......┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛.......',
    '................................................',
    '................................................',
  ])
})

test('its rectangle is known without drawing it', () => {
  const text = {
    title: 'Stop flannel?',
    lines: ['The lab stops, its machines go.', '', 'Progress is kept.'],
    keys,
  }
  expect(dialogRect(size, text)).toEqual({ x: 6, y: 1, columns: 35, rows: 7 })
})

describe.each([
  { columns: 80, rows: 24 },
  { columns: 160, rows: 50 },
  { columns: 30, rows: 8 },
])('on a screen of $columns x $rows', (at) => {
  const lines = Array.from({ length: 60 }, (_, i) => `${i} ${'x'.repeat(200)}`)

  test('a dialog with too much text stays on the screen and scrolls', () => {
    const { x, y, columns, rows } = dialogRect(at, { title: 'Long', lines, keys })
    expect(x >= 0 && y >= 0 && x + columns <= at.columns && y + rows <= at.rows).toBe(true)
    expect(dialogColumns(at)).toBe(columns - 4)
    const shown = over(
      <Dialog size={at} title="Long" lines={lines} keys={keys} scroll={3} marks={marks} />,
      at,
    )
    expect(shown).toHaveLength(at.rows)
    expect(shown.every((line) => line.length === at.columns)).toBe(true)
    expect(shown[y + 1]).toContain('┃ 3 xx')
    expect(shown.join('\n')).toMatch(/↑ 3 {2}more ↓ \d+/)
  })
})

test('a prompt has the line with its cursor, and the same place whatever is typed', () => {
  const prompt = { title: 'Capture', label: 'Filter (pcap), empty for all', keys }
  const typed = (text: string) =>
    over(<Prompt {...prompt} line={lineOf(text)} size={size} marks={marks} />).slice(1, 8)
  expect(typed('udp port 8472')).toEqual([
    '..┏━ ▸ Capture ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓..',
    '..┃ Filter (pcap), empty for all             ┃..',
    '..┃                                          ┃..',
    '..┃ udp port 8472                            ┃..',
    '..┃                                          ┃..',
    '..┃ Enter stop it  Esc no                    ┃..',
    '..┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛..',
  ])
  expect(typed('x'.repeat(99))[0]).toBe(typed('')[0])
  expect(promptRect(size, prompt)).toEqual({ x: 2, y: 1, columns: 44, rows: 7 })
})

describe('a frame', () => {
  const frame = (focused: boolean, used = marks) =>
    renderInk(
      <Frame size={{ columns: 24, rows: 3 }} title="node0" note="↑ 12" focused={focused} marks={used}>
        <Text>inside</Text>
      </Frame>,
      { columns: 24, rows: 3 },
    ).lines

  test('has its name and a note in the border', () => {
    expect(frame(false)).toEqual([
      '┌─ node0 ─────── ↑ 12 ─┐',
      '│inside                │',
      '└──────────────────────┘',
    ])
  })

  test('shows the focus by heavier lines and a mark', () => {
    expect(frame(true)).toEqual([
      '┏━ ▸ node0 ━━━━━ ↑ 12 ━┓',
      '┃inside                ┃',
      '┗━━━━━━━━━━━━━━━━━━━━━━┛',
    ])
  })

  test('does so in ASCII too', () => {
    expect(frame(true, marksFor({}))[0]).toBe('#= > node0 ===== ↑ 12 =#')
  })

  test('shortens a name that is too long', () => {
    const long = (
      <Frame size={{ columns: 16, rows: 2 }} title="hello-kubernetes-x" focused={false} marks={marks} />
    )
    expect(renderInk(long, { columns: 16, rows: 2 }).lines[0]).toBe('┌─ hello-kub… ─┐')
  })
})
