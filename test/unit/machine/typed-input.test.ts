import { expect, test } from 'vitest'
import { until } from '../../../src/base/until.ts'
import { TypedInput } from '../../../src/machine/typed-input.ts'

/** A program that has room for so many bytes at first. */
function program(room: number) {
  const read: number[] = []
  const state = { room }
  const input = new TypedInput((bytes) => {
    const taken = bytes.subarray(0, state.room)
    state.room -= taken.length
    read.push(...taken)
    return taken.length
  })
  return { input, read, state }
}

test('a key goes to the program at once', () => {
  const { input, read } = program(10)
  input.write(Uint8Array.of(3))
  expect(read).toEqual([3])
})

test('what there is no room for waits, and stays in order', async () => {
  const { input, read, state } = program(3)
  input.write(Uint8Array.of(1, 2, 3, 4, 5))
  input.write(Uint8Array.of(6))
  expect(read).toEqual([1, 2, 3])
  state.room = 1
  await until(() => read.length === 4, { what: 'one byte more to be read', deadlineMs: 5000 })
  state.room = 10
  await until(() => read.length === 6, { what: 'all to be read', deadlineMs: 5000 })
  input.write(Uint8Array.of(7))
  expect(read).toEqual([1, 2, 3, 4, 5, 6, 7])
})

test('nothing is offered to a program that has ended', async () => {
  const { input, read, state } = program(0)
  input.write(Uint8Array.of(1))
  input.end()
  state.room = 10
  await new Promise(setImmediate)
  expect(read).toEqual([])
})
