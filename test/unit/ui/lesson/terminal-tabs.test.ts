import { expect, test } from 'vitest'
import { newLesson, type LessonState } from '../../../../src/ui/lesson/lesson-state.ts'
import {
  activated,
  closed,
  inPanes,
  neighbourOf,
  opened,
  replaced,
  terminalAt,
} from '../../../../src/ui/lesson/terminal-tabs.ts'

const tab = (id: string, place = 'node0') => ({
  id,
  place,
  exitCode: undefined,
  lost: false,
  scrolledBack: 0,
})

function withTabs(...ids: string[]): LessonState {
  let lesson = newLesson('flannel', 'Flannel')
  for (const id of ids) lesson = { ...lesson, ...opened(lesson, tab(id)) }
  return lesson
}

test('the first two terminals have places; a third takes the place of the active one', () => {
  expect(withTabs('a', 'b')).toMatchObject({ shown: ['a', 'b'], active: 'b' })
  expect(withTabs('a', 'b', 'c')).toMatchObject({ shown: ['a', 'c'], active: 'c' })
})

test('turning to a terminal that is seen moves none of them', () => {
  const lesson = withTabs('a', 'b', 'c')
  expect(activated(lesson, 'a')).toMatchObject({ shown: ['a', 'c'], active: 'a' })
  expect(neighbourOf(lesson, 1)).toBe('a')
  expect(neighbourOf(lesson, -1)).toBe('b')
})

test('a hidden terminal takes the place of a closed one, and a neighbour the keys', () => {
  const lesson = { ...withTabs('a', 'b', 'c'), focus: 'terminal' as const }
  const after = closed(lesson, 'c')
  expect(after).toMatchObject({ shown: ['a', 'b'], active: 'b', focus: 'lesson' })
  const last = closed({ ...newLesson('x', 'X'), ...opened(newLesson('x', 'X'), tab('a')) }, 'a')
  expect(last).toMatchObject({ shown: [], active: undefined, focus: 'lesson', zoomed: false })
})

test('where there is one pane it is the active terminal’s', () => {
  const lesson = withTabs('a', 'b')
  expect(inPanes(lesson, 1)).toEqual(['b'])
  expect(inPanes(lesson, 2)).toEqual(['a', 'b'])
  expect(inPanes(lesson, 0)).toEqual([])
})

test('a command is typed into a living terminal of its place, or into another than the active one', () => {
  const base = withTabs('a', 'b')
  const lesson = {
    ...base,
    terminals: [tab('a'), tab('b', 'node1'), { ...tab('c'), exitCode: 1 }],
    active: 'a',
  }
  expect(terminalAt(lesson, 'node1')?.id).toBe('b')
  expect(terminalAt(lesson, 'node0')?.id).toBe('a')
  expect(terminalAt(lesson, 'node0', ({ id }) => id !== 'a')).toBeUndefined()
})

test('a terminal that begins again is where it was', () => {
  const lesson = { ...withTabs('a', 'b', 'c'), focus: 'lesson' as const }
  const after = { ...lesson, ...replaced(lesson, 'a', tab('d')) }
  expect(after.terminals.map(({ id }) => id)).toEqual(['d', 'b', 'c'])
  expect(after).toMatchObject({ shown: ['d', 'c'], active: 'c', focus: 'lesson' })
  expect(replaced(lesson, 'c', tab('d'))).toMatchObject({ shown: ['a', 'd'], active: 'd' })
})
