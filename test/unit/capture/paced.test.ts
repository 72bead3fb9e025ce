import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { paced } from '../../../src/capture/paced.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('the first call is made at once, later ones together, the last one never lost', () => {
  const call = vi.fn<() => void>()
  const tell = paced(100, call)
  for (let i = 0; i < 50; i++) tell()
  expect(call).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(100)
  expect(call).toHaveBeenCalledTimes(2)
  vi.advanceTimersByTime(1000)
  expect(call).toHaveBeenCalledTimes(2)
  tell()
  expect(call).toHaveBeenCalledTimes(3)
})

test('a cancelled one calls no more by itself', () => {
  const call = vi.fn<() => void>()
  const tell = paced(100, call)
  tell()
  tell()
  tell.cancel()
  vi.advanceTimersByTime(1000)
  expect(call).toHaveBeenCalledTimes(1)
  expect(vi.getTimerCount()).toBe(0)
})
