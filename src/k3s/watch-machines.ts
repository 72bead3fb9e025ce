import { LabError } from '../base/errors.ts'
import type { Machine } from '../machine/machine.ts'

export interface MachineWatch {
  /** Aborted as soon as one of them ends. */
  readonly signal: AbortSignal
  readonly end: () => void
}

/** Watches machines for whoever waits for what runs on them: a process in each waits for what is never written, and ends with its machine. */
export function watchMachines(machines: readonly Machine[]): MachineWatch {
  const dead = new AbortController()
  let isOver = false
  const processes = machines.map((machine) => {
    const waiting = machine.spawn(['cat'])
    waiting.stdin.on('error', () => {})
    waiting.stdout.resume()
    waiting.stderr.resume()
    void waiting.exited.then(() => isOver || dead.abort(gone(machine)))
    return waiting
  })
  return {
    signal: dead.signal,
    end() {
      isOver = true
      for (const { stdin } of processes) stdin.end()
    },
  }
}

const gone = ({ name }: Machine): LabError =>
  new LabError('KNET_MACHINE_GONE', { message: `${name} has ended.`, hint: 'knet-labs reset --lab' })
