import { once } from 'node:events'
import { expect, test } from 'vitest'
import { watchMachines } from '../../../src/k3s/watch-machines.ts'
import { hostSpawn } from '../../../src/machine/host.ts'
import type { Machine, MachineProcess } from '../../../src/machine/machine.ts'

/** A machine that is this host, and what was started there. */
function machineHere(name: string) {
  const started: MachineProcess[] = []
  const machine = {
    name,
    spawn(argv: readonly string[]) {
      const begun = hostSpawn(argv)
      started.push(begun)
      return begun
    },
  } as unknown as Machine
  return { machine, started }
}

test('whoever waits for what machines do hears at once that one of them has ended, and which', async () => {
  const [first, second] = [machineHere('node0'), machineHere('node1')]
  const { signal, end } = watchMachines([first.machine, second.machine])
  const heard = once(signal, 'abort')
  expect(signal.aborted).toBe(false)
  second.started[0]?.kill('SIGKILL')
  await heard
  expect(signal.reason).toMatchObject({ code: 'KNET_MACHINE_GONE', message: 'node1 has ended.' })
  end()
  await first.started[0]?.exited
})

test('a watch that ends leaves nothing in machines, and says nothing of them', async () => {
  const { machine, started } = machineHere('node0')
  const { signal, end } = watchMachines([machine])
  end()
  expect(await started[0]?.exited).toBe(0)
  expect(signal.aborted).toBe(false)
})
