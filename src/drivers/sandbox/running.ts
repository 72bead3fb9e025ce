import { readFileSync } from 'node:fs'
import { LabError } from '../../base/errors.ts'
import type { MachinePort, Running } from '../../machine/driver.ts'
import type { Machine } from '../../machine/machine.ts'
import {
  enterArgv,
  MACHINE_NAMESPACES,
  namespaceMachine,
  type NamespaceKind,
} from '../../machine/namespace-machine.ts'
import { MACHINES } from '../../machine/places.ts'
import { isAlive, type Holder } from './holder.ts'
import { BOOT } from './holder-script.ts'
import { initPid, machineGone } from './inside.ts'

/** The machines of a living holder, from outside it. */
export function runningIn(holder: Holder, keep: () => Promise<void>): Running {
  const proc = `/proc/${holder.pid}`
  /** The holder's own /proc and files, through its root. */
  const inHolder = `${proc}/root`
  const isThem = process.getuid?.() === holder.uid
  const alive = () => {
    if (!isAlive(holder)) throw labGone(holder.topology.name)
  }
  const enterPid = (pid: number, kinds: readonly NamespaceKind[]) =>
    [`${inHolder}/proc/${pid}`, kinds] as const

  const user: readonly NamespaceKind[] = holder.containers ? [] : ['user']
  const ofMachine: readonly NamespaceKind[] = [
    ...MACHINE_NAMESPACES,
    ...(holder.containers ? (['cgroup'] as const) : []),
  ]
  const all = [...user, ...MACHINE_NAMESPACES]

  const machine = (name: string): Machine =>
    namespaceMachine(name, () => {
      alive()
      const init = initPid(inHolder + MACHINES, name)
      if (init === undefined) throw machineGone(name)
      return enterArgv([[proc, user], enterPid(init, ofMachine)], isThem)
    })

  const beside: Running['beside'] = (enter) =>
    namespaceMachine(enter ? `${holder.topology.name}/${enter.pid}` : holder.topology.name, () => {
      alive()
      if (!enter) return enterArgv([[proc, all]], isThem)
      const layers = enter.network
        ? ([[proc, all.filter((kind) => kind !== 'net')], enterPid(enter.pid, ['net'])] as const)
        : ([[proc, user], enterPid(enter.pid, ofMachine)] as const)
      return enterArgv(layers, isThem)
    })

  return {
    topology: holder.topology,
    machines: holder.topology.machines.map(({ name }) => machine(name)),
    keep,
    beside,
    ...(holder.containers ? { reach: reachOf(holder.containers.published) } : {}),
    async ended(signal) {
      if (!isAlive(holder)) return
      // It can't outlive the holder, and waits for what is never written.
      const alive = beside().spawn(['cat'], { signal })
      await alive.exited
    },
    async rebuild(name) {
      if (!holder.topology.machines.some((spec) => spec.name === name)) throw machineGone(name)
      const { exitCode, stderr } = await beside().exec(['sh', `${BOOT}/rebuild.sh`, name])
      if (exitCode === 0) return
      throw new LabError('KNET_REBUILD_FAILED', {
        message: `${name} could not be made anew: ${stderr.trim() || `exit ${exitCode}`}`,
        hint: 'knet-labs reset --lab',
      })
    },
  }
}

const reachOf =
  (published: readonly (MachinePort & { readonly at: string })[]): Running['reach'] =>
  async ({ machine, port }) =>
    published.find((one) => one.machine === machine && one.port === port)?.at

function labGone(name: string): LabError {
  return new LabError('KNET_NOTHING_RUNNING', {
    message: `The lab ${name} has ended.`,
    hint: `knet-labs start ${name}`,
  })
}

/** Last lines of a program's log, for an error's text. */
export function lastLines(file: string, count: number): string {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').slice(-count).join('\n')
  } catch {
    return ''
  }
}
