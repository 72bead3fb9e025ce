import { basename } from 'node:path'
import { LabError } from '../base/errors.ts'
import type { Running } from '../machine/driver.ts'
import type { Machine } from '../machine/machine.ts'
import type { MachineSpec } from '../machine/topology.ts'
import { nodesIn, type K3sPlan } from './plan.ts'
import type { Progress } from './progress.ts'
import { K3S_BIN, setupScript } from './setup-script.ts'
import { surveyOf } from './survey.ts'
import { trouble } from './trouble.ts'

export interface Provisioning {
  readonly plan: K3sPlan
  readonly running: Running
  /** For the server to apply by itself, by their files' names. */
  readonly manifests: ReadonlyMap<string, string>
  readonly progress: Progress
  readonly signal: AbortSignal
}

/**
 * Makes all machines nodes and starts k3s on each, at once: agents unpack it meanwhile, and join in the moment the server takes them.
 * What was set up before, and is up again, is left as it is.
 * @returns whether any was set up.
 */
export async function provision(work: Provisioning): Promise<boolean> {
  const anew = await Promise.all(nodesIn(work.plan).map((node) => setUp(work, node)))
  return anew.includes(true)
}

/** Makes one machine a node, also one that was made anew. @returns whether it was none. @throws LabError KNET_K3S */
export async function setUp(work: Provisioning, node: MachineSpec): Promise<boolean> {
  const { plan, manifests, progress, signal } = work
  const machine = machineOf(work.running, node.name)
  const survey = await surveyOf(machine, K3S_BIN, signal)
  if (survey.isSetUp) return false
  if (survey.others.length > 0) throw foreign(node.name, survey.others)
  const script = setupScript(plan, node, survey, manifests)
  const { exitCode, stderr } = await machine.exec(['/bin/sh', '-s'], { stdin: script, signal })
  if (exitCode !== 0) throw trouble(`k3s can't be set up on ${node.name}: ${stderr.trim()}`)
  progress.say(`k3s ${survey.version} begins`, node.name)
  return true
}

/** What somebody has on a machine of theirs is not ours to remove, and two can't be on one. */
function foreign(node: string, units: readonly string[]): LabError {
  const uninstall = units.map((unit) => `${basename(unit).replace(/\.service$/, '')}-uninstall.sh`)
  return new LabError('KNET_K3S', {
    message: `${node} has a k3s already that knet-labs has not set up: ${units.join(', ')}.`,
    hint: `on ${node}: ${uninstall.join('; ')}      (removes it with all that is in its cluster), then start again`,
  })
}

/** @throws Error when a topology and its machines differ: no driver has that. */
export function machineOf(running: Running, name: string): Machine {
  const machine = running.machines.find((one) => one.name === name)
  if (!machine) throw new Error(`${running.topology.name} has no machine ${name}`)
  return machine
}
