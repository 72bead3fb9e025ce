import { expect, test } from 'vitest'
import { syncLoop } from '../../../src/dataplane/sync-loop.ts'

/** A sync that ends when told to. */
function gate() {
  const runs: { end: (fault?: Error) => void }[] = []
  const arrivals: (() => void)[] = []
  return {
    runs,
    sync: () =>
      new Promise<void>((resolve, reject) => {
        runs.push({ end: (fault) => (fault ? reject(fault) : resolve()) })
        arrivals.shift()?.()
      }),
    /** Resolves when the next run has begun. */
    next: () => new Promise<void>((resolve) => arrivals.push(resolve)),
  }
}

test('changes during a run are made up for by one more run', async () => {
  const { runs, sync, next } = gate()
  const first = next()
  const loop = syncLoop({ name: 'test', sync, ready: Promise.resolve() })
  await first
  for (let i = 0; i < 5; i++) loop.touch()
  const second = next()
  const settled = loop.settled()
  runs[0]!.end()
  await second
  runs[1]!.end()
  await settled
  expect(runs).toHaveLength(2)
  loop.stop()
})

test('a failed run is reported, tried again, and awaited by the patient', async () => {
  const { runs, sync, next } = gate()
  const problems: unknown[] = []
  const first = next()
  const loop = syncLoop({
    name: 'test',
    sync,
    ready: Promise.resolve(),
    onProblem: (one) => problems.push(one),
  })
  const settled = loop.settled()
  await first
  const second = next()
  runs[0]!.end(new Error('no'))
  await second
  runs[1]!.end()
  await settled
  expect(problems).toEqual([new Error('no')])
  loop.stop()
})

test('run rejects when its own run fails', async () => {
  const { runs, sync, next } = gate()
  const first = next()
  const loop = syncLoop({ name: 'test', sync, ready: Promise.resolve() })
  await first
  const second = next()
  const run = loop.run()
  runs[0]!.end()
  await second
  runs[1]!.end(new Error('the machine is gone'))
  await expect(run).rejects.toThrow('the machine is gone')
  loop.stop()
})

test('nothing runs before it is ready, and who waits is told when it is stopped', async () => {
  const { runs, sync } = gate()
  const loop = syncLoop({ name: 'flannel on node0', sync, ready: new Promise(() => {}) })
  const settled = loop.settled()
  await new Promise(setImmediate)
  loop.stop()
  await expect(settled).rejects.toThrow('flannel on node0 was stopped')
  expect(runs).toEqual([])
})

test('after a run that took long changes gather, and are made up for by one run', async () => {
  const { runs, sync, next } = gate()
  const gather = () => ({ quietMs: 50, mostMs: 10_000 })
  const first = next()
  const loop = syncLoop({ name: 'test', sync, ready: Promise.resolve(), gather })
  await first
  loop.touch()
  runs[0]!.end()
  const second = next()
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setImmediate(resolve))
    loop.touch()
  }
  expect(runs).toHaveLength(1)
  await second
  const settled = loop.settled()
  runs[1]!.end()
  await settled
  expect(runs).toHaveLength(2)
  loop.stop()
})

test('changes that never end gather for as long as they may', async () => {
  const { runs, sync, next } = gate()
  const first = next()
  const gather = () => ({ quietMs: 1000, mostMs: 20 })
  const loop = syncLoop({ name: 'test', sync, ready: Promise.resolve(), gather })
  await first
  const second = next()
  const changing = setInterval(() => loop.touch(), 1)
  runs[0]!.end()
  await second
  clearInterval(changing)
  loop.stop()
})
