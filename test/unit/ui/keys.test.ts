import { expect, test } from 'vitest'
import { actionFor } from '../../../src/ui/dispatch.ts'
import { BINDINGS } from '../../../src/ui/keys.ts'

test('no key means two things in one context', () => {
  const meanings = BINDINGS.flatMap(({ context, keys }) => keys.map((key) => `${context} ${key}`))
  expect(meanings.filter((meaning, i) => meanings.indexOf(meaning) !== i)).toEqual([])
})

test('a key that holds everywhere holds on each screen that does not use it itself', () => {
  expect(actionFor('lesson', '?')).toBe('app.help')
  expect(actionFor('map', 'q')).toBe('app.quit')
  expect(actionFor('scrollback', 'q')).toBe('scrollback.leave')
  expect(actionFor('start', 'ctrl-c')).toBe('start.cancel')
})

test('in a terminal every key but the leader and scrolling is the program’s', () => {
  expect(actionFor('terminal', 'leader')).toBe('terminal.leave')
  expect(['?', 'q', 'ctrl-c', ':', 'tab'].map((key) => actionFor('terminal', key))).toEqual(
    Array.from({ length: 5 }, () => undefined),
  )
})
