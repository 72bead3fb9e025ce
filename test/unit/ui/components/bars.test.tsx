import { describe, expect, test } from 'vitest'
import { fitHints, keyName } from '../../../../src/ui/components/key-hint.ts'
import { KeyBar } from '../../../../src/ui/components/key-bar.tsx'
import { TabBar } from '../../../../src/ui/components/tab-bar.tsx'
import { TitleBar } from '../../../../src/ui/components/title-bar.tsx'
import { marksFor, UNICODE_MARKS as marks } from '../../../../src/ui/marks.ts'
import { renderInk } from '../../../helpers/render-ink.tsx'

const HINTS = [
  { keys: ['enter'], label: 'type the command' },
  { keys: ['c'], label: 'check' },
  { keys: ['ctrl-l'], label: 'draw the screen anew' },
  { keys: ['?', 'f1'], label: 'help' },
]

const STEPS = ['done', 'done', 'here', ...Array<'todo'>(9).fill('todo')] as const

const line = (element: Parameters<typeof renderInk>[0], columns: number) =>
  renderInk(element, { columns, rows: 1 }).lines[0]?.trimEnd()

describe('the key bar', () => {
  const bar = (columns: number) => line(<KeyBar columns={columns} hints={HINTS} marks={marks} />, columns)

  test('shows every key where there is room', () => {
    expect(bar(80)).toBe('Enter type the command  c check  Ctrl-L draw the screen anew  ? help')
  })

  test('leaves out what does not fit, but never the help', () => {
    expect(bar(40)).toBe('Enter type the command  c check  ? help')
    expect(bar(38)).toBe('Enter type the command  ? help')
    expect(bar(6)).toBe('? help')
  })

  test('fills the row to its last cell', () => {
    expect(fitHints(HINTS, 39, marks).map(({ label }) => label)).toEqual([
      'type the command',
      'check',
      'help',
    ])
  })
})

test('keys are written as on a keyboard', () => {
  expect(
    ['ctrl-c', 'shift-pageup', 'f12', 'T', 'up', 'ctrl-right', '-'].map((key) => keyName(key, marks)),
  ).toEqual(['Ctrl-C', 'Shift-PgUp', 'F12', 'T', '↑', 'Ctrl-→', '-'])
})

describe('the title bar', () => {
  const title = 'Flannel: an overlay you can read'
  const bar = (columns: number, message?: string) =>
    line(
      <TitleBar
        columns={columns}
        title={title}
        steps={STEPS}
        notes={['2 hints', 'sandbox']}
        message={message}
        marks={marks}
      />,
      columns,
    )

  test('says which lab, how far, and how it stands', () => {
    expect(bar(80)).toBe(`${title}  3/12 ●●◉○○○○○○○○○            2 hints · sandbox`)
  })

  test('leaves out first the dots, then the notes, and shortens the title last', () => {
    expect(bar(60)).toBe(`${title}  3/12     2 hints · sandbox`)
    expect(bar(50)).toBe(`${title}  3/12`)
    expect(bar(20)).toBe('Flannel: an o…  3/12')
  })

  test('has a message in the place of the notes, shortened if it must be', () => {
    expect(bar(80, 'checking')).toBe(`${title}  3/12 ●●◉○○○○○○○○○                     checking`)
    expect(bar(50, 'putting the step back')).toHaveLength(50)
    expect(bar(50, 'putting the step back')).toMatch(/3\/12.+putting/)
  })

  test('tells the steps apart without colour and without Unicode', () => {
    const ascii = <TitleBar columns={40} title="A" steps={STEPS} marks={marksFor({ LANG: 'C' })} />
    expect(line(ascii, 40)).toBe('A  3/12 ##@.........')
  })
})

describe('the tab bar', () => {
  const tabs = ['Lesson', 'node0', 'node1', 'hello-kubernetes-7d4f8c9b5-x2x4z']
  const bar = (columns: number, active: number) =>
    line(<TabBar columns={columns} tabs={tabs} active={active} marks={marks} />, columns)

  test('marks the active tab', () => {
    expect(bar(80, 1)).toBe('   Lesson  ▸ node0    node1    hello-kubernetes-7d4f8c9b5-x2x4z')
  })

  test('keeps the active tab in sight and says how many there are', () => {
    expect(bar(40, 0)).toBe(' ▸ Lesson    node0    node1  …4')
    expect(bar(44, 3)).toBe(' ▸ hello-kubernetes-7d4f8c9b5-x2x4z  …4')
  })
})
