import { expect, test } from 'vitest'
import { hostMachine } from '../../../src/machine/host.ts'
import type { Machine } from '../../../src/machine/machine.ts'
import { World } from '../../../src/session/world.ts'
import { labPorts } from '../../helpers/lab-ports.ts'

function counted(): { machine: Machine; count: () => number } {
  let commands = 0
  const host = hostMachine('node0')
  const exec: Machine['exec'] = (argv, options) => {
    commands++
    return host.exec(argv, options)
  }
  return { machine: { ...host, exec }, count: () => commands }
}

test('questions of one moment go to a machine as one command, the same one only once', async () => {
  const { machine, count } = counted()
  const world = new World(labPorts([machine]))
  const answers = await Promise.all(
    ['echo one', 'echo two >&2; exit 3', 'printf "a\nb"', 'echo one'].map((command) =>
      world.read('node0', command),
    ),
  )
  expect(answers).toEqual([
    { text: 'one\n', exit: 0 },
    { text: 'two\n', exit: 3 },
    { text: 'a\nb', exit: 0 },
    { text: 'one\n', exit: 0 },
  ])
  await world.read('node0', 'echo one')
  expect(count()).toBe(1)
})

test('a command that ends the shell does not take the others with it', async () => {
  const world = new World(labPorts([hostMachine('node0')]))
  const [first, second] = await Promise.all([
    world.read('node0', 'exit 7'),
    world.read('node0', 'echo still here'),
  ])
  expect([first.exit, second.text]).toEqual([7, 'still here\n'])
})

test('JSON of a command that fails or says nothing is an empty list', async () => {
  const world = new World(labPorts([hostMachine('node0')]))
  expect(await world.json('node0', 'echo "[1,2]"; false')).toEqual([])
  expect(await world.json('node0', 'true')).toEqual([])
  expect(await world.json('node0', 'echo "[1,2]"')).toEqual([1, 2])
})
