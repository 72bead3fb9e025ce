import { expect, test } from 'vitest'
import { credit } from '../../../src/dataplane/credit.ts'

test('a burst needs no waiting, what follows waits for what it has not earned', () => {
  const spend = credit({ burst: 3, intervalMs: 200 }, 1000)
  expect([1000, 1000, 1000].map(spend)).toEqual([0, 0, 200])
  expect(spend(1200)).toBe(200)
  expect(spend(1500)).toBe(100)
})

test('quiet earns the burst back, and no more than that', () => {
  const spend = credit({ burst: 2, intervalMs: 100 }, 0)
  expect([0, 0].map(spend)).toEqual([0, 100])
  expect([60_000, 60_000].map(spend)).toEqual([0, 100])
})
