import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { workQueue } from '../../../../src/kube/controllers/work-queue.ts'
import { eventually } from '../../../helpers/control-plane.ts'

test('keys added in one turn or while running coalesce, and a key never runs twice at once', async () => {
  const runs: string[] = []
  let running = 0
  let most = 0
  let release: () => void = () => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const queue = workQueue({
    async sync(key) {
      runs.push(key)
      most = Math.max(most, ++running)
      await gate
      running--
    },
  })
  for (let i = 0; i < 5; i++) queue.add('a')
  await eventually(
    () => runs.length,
    (n) => n === 1,
  )
  for (let i = 0; i < 5; i++) queue.add('a')
  release()
  await eventually(
    () => runs.length,
    (n) => n === 2,
  )
  await delay(20)
  expect(runs).toEqual(['a', 'a'])
  expect(most).toBe(1)
  queue.stop()
})

test('a failed key is retried, told of, and forgotten when it succeeds', async () => {
  const errors: string[] = []
  let left = 3
  const queue = workQueue({
    onError: (key, error) => void errors.push(`${key} ${String(error)}`),
    async sync() {
      if (left-- > 0) throw new Error('no')
    },
  })
  queue.add('k')
  await eventually(
    () => left,
    (n) => n === -1,
  )
  expect(errors).toEqual(['k Error: no', 'k Error: no', 'k Error: no'])
  queue.stop()
})

test('nothing runs before it is ready, and nothing after it is stopped', async () => {
  const runs: string[] = []
  let begin: () => void = () => {}
  const ready = new Promise<void>((resolve) => {
    begin = resolve
  })
  const queue = workQueue({ ready, sync: async (key) => void runs.push(key) })
  queue.add('early')
  await delay(10)
  expect(runs).toEqual([])
  begin()
  await eventually(
    () => runs.length,
    (n) => n === 1,
  )
  queue.addAfter('late', 5)
  queue.stop()
  await delay(15)
  expect(runs).toEqual(['early'])
})

test('of several delays for one key the shortest wins', async () => {
  const runs: string[] = []
  const queue = workQueue({ sync: async (key) => void runs.push(key) })
  queue.addAfter('k', 5000)
  queue.addAfter('k', 1)
  await eventually(
    () => runs.length,
    (n) => n === 1,
  )
  queue.stop()
})

test('a key whose runs take long rests longer than one whose runs are short', async () => {
  const began: number[] = []
  const rests: number[] = []
  let ended = 0
  const queue = workQueue({
    minIntervalMs: 1,
    async sync(key) {
      began.push(performance.now())
      if (began.length > 1) rests.push(performance.now() - ended)
      if (began.length < 3) queue.add(key)
      if (began.length === 1) await delay(20)
      ended = performance.now()
    },
  })
  queue.add('k')
  await eventually(
    () => rests.length,
    (n) => n === 2,
  )
  expect(rests[0]).toBeGreaterThan(60)
  expect(rests[0]).toBeGreaterThan(rests[1] ?? Infinity)
  queue.stop()
})
