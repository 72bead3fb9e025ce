import { readdirSync, readFileSync, watch } from 'node:fs'
import { join } from 'node:path'
import { LabError } from '../../base/errors.ts'
import type { InsideMachines } from '../../machine/driver.ts'
import { enterArgv, MACHINE_NAMESPACES, namespaceMachine } from '../../machine/namespace-machine.ts'
import { MACHINES } from '../../machine/places.ts'

/** Pid of a machine's init, as the file for it in `folder` ({@link MACHINES}) says; undefined while it isn't ready. */
export function initPid(folder: string, machine: string): number | undefined {
  try {
    const text = readFileSync(join(folder, machine), 'utf8')
    return text.endsWith('\n') ? Number(text) : undefined
  } catch {
    return undefined
  }
}

/** What a command in a machine that is not there (any more, or yet) fails with. */
export function machineGone(machine: string): LabError {
  return new LabError('KNET_MACHINE_GONE', {
    message: `${machine} is not running.`,
    hint: 'knet-labs reset --lab',
  })
}

/** The machines, for a program that runs in the holder. Every change there is one inotify event, so nothing polls. */
export function insideMachines(folder: string = MACHINES): InsideMachines {
  const seen = new Map<string, number>()
  const listeners = new Set<(machine: string, pid: number) => void>()
  const look = (machine: string) => {
    const pid = initPid(folder, machine)
    if (pid === undefined || pid === seen.get(machine)) return
    seen.set(machine, pid)
    for (const listener of listeners) listener(machine, pid)
  }
  const watcher = watch(folder, (_event, file) => file && look(file))
  for (const file of readdirSync(folder)) look(file)

  const pid = (machine: string) => initPid(folder, machine)
  const onReady: InsideMachines['onReady'] = (listener) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
  return {
    pid,
    onReady,
    machine: (name) =>
      namespaceMachine(name, () => {
        const init = pid(name)
        if (init === undefined) throw machineGone(name)
        return enterArgv([[`/proc/${init}`, MACHINE_NAMESPACES]])
      }),
    ready: (machine, signal) => pidWhenReady(machine, pid, onReady, signal),
    close: () => watcher.close(),
  }
}

function pidWhenReady(
  machine: string,
  pid: InsideMachines['pid'],
  onReady: InsideMachines['onReady'],
  signal?: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      stop()
      signal?.removeEventListener('abort', onAbort)
    }
    const onAbort = () => {
      settle()
      reject(signal?.reason as Error)
    }
    const found = (init: number) => {
      settle()
      resolve(init)
    }
    const stop = onReady((name, init) => name === machine && found(init))
    signal?.addEventListener('abort', onAbort, { once: true })
    const already = pid(machine)
    if (signal?.aborted) onAbort()
    else if (already !== undefined) found(already)
  })
}
