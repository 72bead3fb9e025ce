import type { Change, Informer } from '../../kube/client.ts'
import type { Pod } from '../../kube/objects.ts'
import { PODS } from '../../kube/resources.ts'
import { type MachineSpec, networkOf } from '../../machine/topology.ts'
import type { Lab } from '../../lab/lab.ts'
import type { SessionPorts } from '../ports.ts'
import { machineMap } from './machine-map.ts'
import { MachineWatch } from './machine-watch.ts'
import type { NetworkMap, NetworkWatch } from './network-watch.ts'

/** Packets send no events. */
const COUNT_EVERY_MS = 1000

/** Watches the network of a lab that is up, until aborted. Nothing of it runs afterwards. */
export function watchNetwork(options: {
  readonly lab: Pick<Lab, 'topology'>
  readonly ports: SessionPorts
  readonly signal: AbortSignal
}): NetworkWatch {
  return new LiveNetwork(options.lab.topology, options.ports, options.signal)
}

class LiveNetwork implements NetworkWatch {
  map: NetworkMap | undefined
  readonly #topology: Lab['topology']
  readonly #machines: ReadonlyMap<string, MachineWatch>
  readonly #pods: Informer<Pod> | undefined
  readonly #listeners = new Set<() => void>()
  readonly #signal: AbortSignal
  #timer: NodeJS.Timeout | undefined
  #counting = false

  constructor(topology: Lab['topology'], ports: SessionPorts, signal: AbortSignal) {
    this.#topology = topology
    this.#signal = signal
    this.#machines = new Map(
      topology.machines.map(({ name }) => [name, new MachineWatch(name, ports, signal)]),
    )
    this.#pods = signal.aborted ? undefined : ports.kube?.informer(PODS)
    this.#pods?.onChange((change) => this.#onPod(change))
    for (const machine of this.#machines.values()) void machine.follow(() => this.#publish())
    signal.addEventListener('abort', () => this.#stop(), { once: true })
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    if (!this.#timer && !this.#signal.aborted) {
      this.#timer = setInterval(() => void this.#count(), COUNT_EVERY_MS)
      void this.#count()
    }
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#stopCounting()
    }
  }

  /** A pod's address appears in a namespace of its own: where the machine's kernel says nothing, its status does. */
  #onPod({ object }: Change<Pod>): void {
    this.#machines.get(object.spec?.nodeName ?? '')?.notify()
  }

  async #count(): Promise<void> {
    if (this.#counting) return
    this.#counting = true
    await Promise.all([...this.#machines.values()].map((machine) => machine.count()))
    this.#counting = false
    if (this.#timer) this.#publish()
    else this.#stopCounting()
  }

  #publish(): void {
    const machines = [...this.#machines.values()]
    if (this.#signal.aborted || machines.some(({ look, problem }) => !look && problem === undefined)) return
    const pods = this.#pods?.list() ?? []
    const map: NetworkMap = {
      networks: this.#topology.networks,
      machines: sideBySide(this.#topology).map((spec) =>
        machineMap(spec, this.#topology, this.#machines.get(spec.name)!, pods),
      ),
    }
    // A second in which nothing passed is no change.
    if (JSON.stringify(map) === JSON.stringify(this.map)) return
    this.map = map
    for (const listener of this.#listeners) listener()
  }

  #stopCounting(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    for (const machine of this.#machines.values()) machine.stopCounting()
  }

  #stop(): void {
    this.#stopCounting()
    this.#pods?.stop()
  }
}

/** Machines of a network together, and a router where its first network ends. */
function sideBySide({ networks, machines }: Lab['topology']): readonly MachineSpec[] {
  const place = ({ address, router }: MachineSpec) =>
    networks.indexOf(networkOf({ networks }, address)) + (router ? 0.5 : 0)
  return machines.toSorted((a, b) => place(a) - place(b))
}
