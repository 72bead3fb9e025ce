import { LabError } from '../../../base/errors.ts'
import type { Machine } from '../../../machine/machine.ts'
import type { NodeShell } from '../../cni/node-shell.ts'
import { observeVxlan } from './observe-vxlan.ts'
import { handOverScript, routesScript, sweepScript, writing } from './vxlan-changes.ts'
import type { VxlanState } from './vxlan-state.ts'

/** vxlan.calico on one machine, and the routes of VXLAN pools. Only what has changed is written. */
export class VxlanTunnel {
  readonly #machine: Machine
  readonly #shell: NodeShell
  /** Undefined: the machine has to be looked at. */
  #have: VxlanState | undefined

  constructor(machine: Machine, shell: NodeShell) {
    this.#machine = machine
    this.#shell = shell
  }

  /** Somebody may have changed something. */
  forget(): void {
    this.#have = undefined
  }

  /** Brings in what is wanted and leaves the rest for {@link handOver} and {@link sweep}. @throws LabError KNET_TUNNEL with the tools' words */
  async write(want: VxlanState): Promise<void> {
    const { script, state } = writing(await this.#look(), want)
    await this.#run(script)
    this.#have = state
  }

  /** Writes routes that were there once more: BIRD may have put its own in their place just before it was told not to. */
  async insist(): Promise<void> {
    await this.#run(routesScript((await this.#look()).routes))
  }

  /** Gives up routes that are not wanted; to an heir where there is one, see {@link handOverScript}. */
  async handOver(want: ReadonlyMap<string, string>, heirs: ReadonlyMap<string, string>): Promise<void> {
    const have = await this.#look()
    await this.#run(handOverScript(have, want, heirs))
    this.#have = { ...have, routes: new Map([...have.routes].filter(([to]) => want.has(to))) }
  }

  /** Takes away what else is not wanted; without a device in it, all. */
  async sweep(want: VxlanState): Promise<void> {
    await this.#run(sweepScript(await this.#look(), want))
    this.#have = want
  }

  async #look(): Promise<VxlanState> {
    return (this.#have ??= await observeVxlan(this.#machine, this.#shell))
  }

  async #run(script: string): Promise<void> {
    if (script === '') return
    const { exitCode, output } = await this.#shell.run(script)
    if (exitCode === 0) return
    this.#have = undefined
    throw new LabError('KNET_TUNNEL', {
      message: `VXLAN could not be set up on ${this.#machine.name}: ${output.trim()}`,
    })
  }
}
