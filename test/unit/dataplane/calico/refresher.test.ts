import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { refresher } from '../../../../src/dataplane/calico/refresher.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

test('it comes every so often, also when that changes, and never for 0 or after its end', () => {
  let every = 100
  let count = 0
  const one = refresher(
    () => every,
    () => count++,
  )
  vi.advanceTimersByTime(250)
  expect(count).toBe(2)
  every = 10
  one.changed()
  vi.advanceTimersByTime(30)
  expect(count).toBe(5)
  every = 0
  one.changed()
  vi.advanceTimersByTime(1000)
  expect(count).toBe(5)
  every = 100
  one.changed()
  one.stop()
  vi.advanceTimersByTime(1000)
  expect(count).toBe(5)
})

test('a change of something else does not make it wait longer', () => {
  let count = 0
  const one = refresher(
    () => 100,
    () => count++,
  )
  vi.advanceTimersByTime(90)
  one.changed()
  vi.advanceTimersByTime(10)
  expect(count).toBe(1)
  one.stop()
})
