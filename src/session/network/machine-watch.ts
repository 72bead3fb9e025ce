import { messageOf } from '../../base/errors.ts'
import type { MachineProcess } from '../../machine/machine.ts'
import { Changes } from '../changes.ts'
import { monitorKernel } from '../kernel-monitor.ts'
import type { SessionPorts } from '../ports.ts'
import { World } from '../world.ts'
import { CounterReader, type Counters } from './counters.ts'
import { lookAtMachine, type MachineLook } from './machine-look.ts'
import type { KnownMachine } from './machine-map.ts'

/** One machine as it is now: looked at after each change of its kernel until aborted. */
export class MachineWatch implements KnownMachine {
  look: MachineLook | undefined
  problem: string | undefined
  counters: Counters = new Map()
  lately: Counters = new Map()
  readonly #name: string
  readonly #ports: SessionPorts
  readonly #signal: AbortSignal
  readonly #changes = new Changes()
  #monitor: MachineProcess | undefined
  #reader: CounterReader | undefined
  /** What `lately` counts from. */
  #counted: Counters | undefined

  constructor(name: string, ports: SessionPorts, signal: AbortSignal) {
    this.#name = name
    this.#ports = ports
    // One a machine: the processes of all on a single signal look like a leak to Node.
    this.#signal = AbortSignal.any([signal])
  }

  /** Something changed that the machine's kernel does not tell. */
  readonly notify = this.#changes.notify

  /** Resolves when aborted; a machine that can't be looked at is a problem to show, not an error. */
  async follow(onLook: () => void): Promise<void> {
    await this.#listen().catch(() => {})
    while (await this.#changes.next(this.#signal)) {
      try {
        this.look = await lookAtMachine(new World(this.#ports, this.#signal), this.#name)
        this.counters = this.look.counters
        this.problem = undefined
      } catch (error) {
        this.look = undefined
        this.problem = messageOf(error)
      }
      onLook()
    }
  }

  /** Counts packets, to be called once a second. Tries a machine again that was gone: its return has no event. */
  async count(): Promise<void> {
    try {
      if (!this.#monitor) await this.#listen()
      this.#reader ??= new CounterReader(await this.#ports.machine(this.#name), this.#signal)
      const counters = await this.#reader.read()
      if (!counters) this.stopCounting()
      else {
        this.lately = since(this.#counted ?? counters, counters)
        this.counters = this.#counted = counters
      }
    } catch {
      // It is gone, which the look says in words.
      this.stopCounting()
    }
  }

  stopCounting(): void {
    this.#reader?.stop()
    this.#reader = undefined
    this.#counted = undefined
    this.lately = new Map()
  }

  async #listen(): Promise<void> {
    const machine = await this.#ports.machine(this.#name)
    const monitor = monitorKernel(machine, this.notify, this.#signal)
    this.#monitor = monitor
    void monitor.exited.finally(() => {
      this.#monitor = undefined
      this.notify()
    })
  }
}

/** What was counted between two moments. An interface that began anew has counted all of it since. */
function since(before: Counters, now: Counters): Counters {
  const grown = (earlier: number, later: number) => (later < earlier ? later : later - earlier)
  return new Map(
    [...now].map(([name, { received, sent }]) => {
      const old = before.get(name) ?? { received: 0, sent: 0 }
      return [name, { received: grown(old.received, received), sent: grown(old.sent, sent) }]
    }),
  )
}
