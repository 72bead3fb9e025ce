import { setImmediate as tick } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { batched, type Call } from '../../../src/runtime/batch.ts'

test('calls of one tick are one batch, and calls made meanwhile are the next', async () => {
  const batches: number[][] = []
  const double = batched(async (calls: readonly Call<number, number>[]) => {
    batches.push(calls.map(({ item }) => item))
    await tick()
    for (const { item, resolve } of calls) resolve(item * 2)
  })
  const first = [double(1), double(2)]
  await tick()
  const later = double(3)
  expect(await Promise.all([...first, later])).toEqual([2, 4, 6])
  expect(batches).toEqual([[1, 2], [3]])
})

test('a batch that throws is refused as a whole, and the next one runs', async () => {
  let broken = true
  const run = batched(async (calls: readonly Call<string, string>[]) => {
    if (broken) throw new Error('no')
    for (const { item, resolve } of calls) resolve(item)
  })
  await expect(Promise.all([run('a'), run('b')])).rejects.toThrow('no')
  broken = false
  expect(await run('c')).toBe('c')
})
