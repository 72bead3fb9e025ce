import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { HIGH_WATER, Intake, LOW_WATER, UNATTENDED_BYTES_PER_MS } from '../../../src/terminals/intake.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

/** A parser that takes a millisecond a chunk; `log` says what the intake did. */
function setUp(parseMs = 1) {
  const log: string[] = []
  let parsed = 0
  const intake = new Intake({
    pause: () => log.push('pause'),
    resume: () => log.push('resume'),
    onParsed: () => log.push('shown'),
    parse: (chunk, done) => {
      setTimeout(() => {
        parsed += chunk.length
        done()
      }, parseMs)
    },
  })
  return { intake, log, parsed: () => parsed }
}

const chunk = (bytes: number) => new Uint8Array(bytes)

test('a little output is parsed and shown without holding the program up', () => {
  const { intake, log, parsed } = setUp()
  intake.take(chunk(10))
  intake.take(chunk(10))
  vi.advanceTimersByTime(2)
  expect(parsed()).toBe(20)
  expect(log).toEqual(['shown'])
})

test('a program that is faster than the parser is paused at the high water, and goes on at the low', () => {
  const { intake, log } = setUp()
  for (let bytes = 0; bytes < HIGH_WATER; bytes += 4096) {
    expect(log).not.toContain('pause')
    intake.take(chunk(4096))
  }
  expect(log).toContain('pause')
  vi.advanceTimersByTime((HIGH_WATER - LOW_WATER) / 4096 - 1)
  expect(log).not.toContain('resume')
  vi.advanceTimersByTime(10)
  expect(log.filter((what) => what === 'pause' || what === 'resume')).toEqual(['pause', 'resume'])
})

test('a flood is shown slice by slice, so that others have their turn between', () => {
  const { intake, log } = setUp()
  for (let i = 0; i < 12; i++) intake.take(chunk(100))
  vi.advanceTimersByTime(20)
  expect(log).toEqual(Array(6).fill('shown'))
})

test('while nobody watches a program is read only so fast', () => {
  const { intake, parsed } = setUp(0)
  intake.attend(false)
  const feed = setInterval(() => intake.take(chunk(4096)), 1)
  vi.advanceTimersByTime(1000)
  clearInterval(feed)
  const mostBytes = 1000 * UNATTENDED_BYTES_PER_MS
  expect(parsed()).toBeLessThanOrEqual(mostBytes * 1.2)
  expect(parsed()).toBeGreaterThan(mostBytes / 2)
})

test('when somebody watches again the rest is not waited for', () => {
  const { intake, parsed } = setUp(0)
  intake.attend(false)
  intake.take(chunk(1_000_000))
  intake.take(chunk(1))
  vi.advanceTimersByTime(10)
  intake.take(chunk(1))
  vi.advanceTimersByTime(10)
  expect(parsed()).toBe(1_000_001)
  intake.attend(true)
  vi.advanceTimersByTime(10)
  expect(parsed()).toBe(1_000_002)
})

test('the end of a program is told after its last output has been parsed', () => {
  const { intake, log } = setUp()
  intake.take(chunk(10))
  intake.whenIdle(() => log.push('idle'))
  expect(log).toEqual([])
  vi.advanceTimersByTime(2)
  expect(log).toEqual(['shown', 'idle'])
  intake.whenIdle(() => log.push('idle'))
  expect(log).toEqual(['shown', 'idle', 'idle'])
})
