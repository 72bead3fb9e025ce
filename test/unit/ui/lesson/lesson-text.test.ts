import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { lessonText, linesInPane } from '../../../../src/ui/lesson/lesson-text.ts'
import { newLesson, type LessonState } from '../../../../src/ui/lesson/lesson-state.ts'
import { widthOf } from '../../../../src/ui/line.ts'
import { UNICODE_MARKS } from '../../../../src/ui/marks.ts'

const STEP = {
  id: 'nodes',
  title: 'Three nodes',
  number: 1,
  total: 12,
  text: Array.from({ length: 30 }, (_, i) => `Paragraph ${i + 1} of the task.`).join('\n\n'),
  run: [
    { command: 'kubectl get nodes -o wide' },
    { on: 'node0', command: 'echo 10.42.9.0/24 > /root/node1-pods-with-a-long-name' },
  ],
  done: false,
  hintsUsed: 0,
  explain: 'All pods share **10.42.0.0/16**.',
}

const check = (outcome: 'passed' | 'failed' | 'unknown', message: string, diagnosis?: string) =>
  ({ id: message, kind: 'answer', level: 'must', outcome, message, diagnosis, ms: 1 }) as const

const REPORT = {
  step: 'nodes',
  holds: false,
  unknown: false,
  checks: [
    check('failed', 'That is not it.', 'It is the address of the node itself, not of its pods.'),
    check('passed', 'All three nodes have reported in.'),
    check('unknown', 'The node could not be asked.'),
  ],
  skipped: 1,
  ms: 3,
}

const SIZE = { columns: 46, rows: 24 }

function paneOf(change: Partial<LessonState>, size = SIZE): string[] {
  const lesson = { ...newLesson('flannel', 'Flannel'), step: STEP, report: REPORT, ...change }
  return linesInPane(lessonText(lesson, size, { marks: UNICODE_MARKS, leader: 'F12' })).map(
    stripVTControlCharacters,
  )
}

test('the task is read by scrolling; commands and checks are always in sight', () => {
  const pane = paneOf({})
  expect(pane).toHaveLength(SIZE.rows)
  expect(pane.slice(0, 3)).toEqual(['Paragraph 1 of the task.', '', 'Paragraph 2 of the task.'])
  expect(pane.slice(-10).map((line) => line.trimEnd())).toEqual([
    '─ Try (Enter types it) ───────────────────────',
    ' ▸ kubectl get nodes -o wide',
    '   node0$ echo 10.42.9.0/24 > /root/node1-pod…',
    '─ Checks: not yet ────────────────────────────',
    ' ✗ That is not it.',
    '   ▸ It is the address of the node itself, not',
    '     of its pods.',
    ' ✓ All three nodes have reported in.',
    ' ? The node could not be asked.',
    ' ? c captures packets for the rest',
  ])
})

test('where there is no room for all checks, those that hold are counted only', () => {
  const checks = [...REPORT.checks, check('passed', 'One more.'), check('passed', 'And one more.')]
  const pane = paneOf({ report: { ...REPORT, checks, skipped: 0 } }, { columns: 46, rows: 16 })
  expect(pane.slice(-7)).toEqual([
    ' ▸ kubectl get nodes -o wide                  ',
    '─ Checks: not yet ────────────────────────────',
    ' ✗ That is not it.',
    '   ▸ It is the address of the node itself, not',
    '     of its pods.',
    ' ? The node could not be asked.',
    ' ✓ 3 hold',
  ])
})

test('scrolling stops where the last line is in sight', () => {
  const pane = paneOf({ scroll: 1000 })
  expect(pane.slice(0, 14).join('\n')).toContain('Paragraph 30 of the task.')
})

test('a step that was passed says what it meant, and what keys lead on', () => {
  const pane = paneOf({ page: 'explain', report: { ...REPORT, holds: true, skipped: 0 } }).join('\n')
  expect(pane).toContain('✓ Done. What it meant:')
  expect(pane).toContain('All pods share 10.42.0.0/16.')
  expect(pane).toContain('n next step · e the task again')
  expect(pane).toContain('Checks: the step holds')
})

test('who stands at the beginning is told how the screen works, until a step is done or a hint was asked for', () => {
  const steps = [
    { id: 'nodes', title: 'Three nodes', current: true, done: false, solved: false, hintsUsed: 0 },
  ]
  const told = (change: Partial<LessonState>) => paneOf({ steps, scroll: 1000, ...change }).join(' ')
  expect(told({})).toContain('New here?')
  expect(told({ steps: [{ ...steps[0]!, done: true }] })).not.toContain('New here?')
  expect(told({ hints: [{ number: 1, total: 3, text: 'Look.' }] })).not.toContain('New here?')
})

test('hints and what was done for the learner stand below the task; a failure where it happened', () => {
  const hints = [{ number: 1, total: 3, text: 'Look at `spec`.' }]
  const pane = paneOf({ hints, transcript: ['node0$ ip route'], scroll: 1000 }).join('\n')
  expect(pane).toContain('Hint 1 of 3. Look at spec.')
  expect(pane).toContain('Done for you:\n  node0$ ip route')
  const failure = { code: 'KNET_X', message: 'It could not be done.', hint: 'knet-labs reset' }
  const failed = paneOf({ failure }).join('\n')
  expect(failed).toContain('─ That did not work')
  expect(failed).toContain(' ✗ It could not be done.\n   knet-labs reset')
})

test('no line is wider than the pane, and no pane longer than it, at any size', () => {
  for (const columns of [20, 38, 46, 72, 98])
    for (const rows of [6, 12, 20, 45]) {
      const pane = paneOf({ hints: [{ number: 3, total: 3, text: 'x'.repeat(120) }] }, { columns, rows })
      expect(pane.length).toBe(rows)
      expect(Math.max(...pane.map(widthOf))).toBeLessThanOrEqual(columns)
    }
})
