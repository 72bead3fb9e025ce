import { dirname } from 'node:path'
import { LabError } from '../../base/errors.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Node } from '../../kube/objects.ts'
import { NODES } from '../../kube/resources.ts'
import { timestamp } from '../../kube/timestamp.ts'
import type { Machine } from '../../machine/machine.ts'
import { commandLine } from '../../machine/quote.ts'
import { machineShell, type NodeShell, writeLine } from '../cni/node-shell.ts'
import { syncLoop, type SyncLoop } from '../sync-loop.ts'
import { birdConfig } from './bgp/bird-config.ts'
import { Bird } from './bgp/bird.ts'
import { addressAnnotation } from './bgp/speaker.ts'
import { settledRoutes, type Encapsulation } from './encapsulation.ts'
import { felixSettings, type FelixSettings } from './felix-settings.ts'
import { startFelix, type Felix } from './felix/felix.ts'
import { mtusOf } from './mtu.ts'
import { nodeFiles } from './node-files.ts'
import { planNode } from './plan.ts'
import type { PolicyCalculator } from './policy/calculator.ts'
import { refresher, type Refresher } from './refresher.ts'
import { Tunnels, type TunnelWishes } from './tunnels.ts'
import { watchCalico, type Watches } from './watches.ts'

export interface CalicoOptions {
  readonly client: KubeClient
  readonly node: { readonly name: string; readonly address: string; readonly prefix: number }
  readonly machine: Machine
  /** The device to the other nodes; default eth0. */
  readonly underlay?: string
  /** Of calico/node: FELIX_… in it. Default: as in Calico's manifest. */
  readonly environment?: Readonly<Record<string, string>>
  /** Runs on the machine what changes it; default: a command for each change. */
  readonly shell?: NodeShell
  /** For Felix, see {@link startFelix}. */
  readonly calculator?: PolicyCalculator
  readonly onProblem: (problem: unknown) => void
}

/** calico/node on one machine: BIRD, the tunnels, and what pods' plugin needs. */
export interface Calico {
  /** Resolves when pods can be made: the node is told of in the API, and its plugin knows what it has to. */
  readonly ready: Promise<void>
  /** Resolves when all that the API says by now is done on the node. */
  settled(): Promise<void>
  /** Writes everything anew, whatever somebody has done to it. Gives what of Felix's it was, a line each. */
  ensure(): Promise<string[]>
  /**
   * Ends BIRD, and leaves routes, tunnels, rules and files as the end of calico/node's pod does: packets go on, and the
   * next one takes over what it finds.
   */
  stop(): Promise<void>
}

export function startCalico(options: CalicoOptions): Calico {
  return new RunningCalico(options)
}

const DEFAULT_MTU = 1500
/** For a cluster's start, where each node tells of itself more than once. */
const CREDIT = { burst: 20, intervalMs: 100 }

class RunningCalico implements Calico {
  readonly ready: Promise<void>
  readonly #options: CalicoOptions
  readonly #shell: NodeShell
  readonly #bird: Bird
  readonly #tunnels: Tunnels
  readonly #felix: Felix
  readonly #watches: Watches
  readonly #loop: SyncLoop
  readonly #refresher: Refresher
  readonly #underlay: string
  #becomeReady!: () => void
  /** What was done last. */
  #config = ''
  #files: ReadonlyMap<string, string> = new Map()
  #routed: ReadonlyMap<string, Encapsulation> = new Map()
  /** Of the underlay, as it was looked at. */
  #hostMtu: Promise<number>

  constructor(options: CalicoOptions) {
    const { client, machine, node, onProblem, underlay = 'eth0' } = options
    const { shell = machineShell(machine) } = options
    this.#options = options
    this.#underlay = underlay
    this.#shell = shell
    this.#bird = new Bird(machine, onProblem, shell)
    this.#tunnels = new Tunnels(client, machine, shell, onProblem)
    this.#hostMtu = this.#lookAtMtu()
    this.#felix = startFelix(options)
    this.ready = new Promise((resolve) => (this.#becomeReady = resolve))
    this.#watches = watchCalico(client, () => {
      this.#refresher.changed()
      this.#loop.touch()
    })
    this.#refresher = refresher(
      () => this.#settings().refreshMs.routes,
      () => {
        this.#tunnels.forget()
        this.#loop.touch()
      },
    )
    this.#loop = syncLoop({
      name: `Calico on ${node.name}`,
      sync: () => this.#sync(),
      ready: this.#watches.synced,
      onProblem,
      credit: CREDIT,
    })
  }

  async settled(): Promise<void> {
    await Promise.all([this.#loop.settled(), this.#felix.settled()])
  }

  async ensure(): Promise<string[]> {
    await this.ready
    this.#config = ''
    this.#files = new Map()
    this.#hostMtu = this.#lookAtMtu()
    this.#tunnels.forget()
    const [mended] = await Promise.all([this.#felix.ensure(), this.#loop.run()])
    return mended
  }

  async stop(): Promise<void> {
    this.#loop.stop()
    this.#refresher.stop()
    this.#watches.stop()
    this.#felix.stop()
    await Promise.all([this.#bird.stop(), this.#tunnels.leave()])
  }

  async #sync(): Promise<void> {
    const { name } = this.#options.node
    const view = this.#watches.view()
    const node = view.nodes.find(({ metadata }) => metadata.name === name)
    if (!node) return
    await this.#announce(node)
    const plan = planNode(name, view, this.#routed)
    if (!plan) return
    const settings = this.#settings()
    const mtus = mtusOf(await this.#hostMtu, settings.mtus, plan.tunnels)
    const wishes = { node, plan, mtus, settings, blocks: view.blocks, underlay: this.#underlay }
    const done = await Promise.allSettled([this.#letPodsCome(node, mtus.pods), this.#route(wishes)])
    for (const one of done) if (one.status === 'rejected') throw one.reason
  }

  #settings(): FelixSettings {
    const { node, environment } = this.#options
    return felixSettings(this.#watches.view().felixConfigurations, node.name, environment)
  }

  /** They need what Felix writes; the way to other nodes may come later. */
  async #letPodsCome(node: Node, mtu: number): Promise<void> {
    await this.#felix.ready
    await this.#writeFiles(nodeFiles(node.metadata.name, mtu))
    await this.#reportUp(node)
    this.#becomeReady()
  }

  /**
   * Whoever goes into a tunnel finds it there: it comes before the routes that lead into it, and goes after them. A BIRD that is to be
   * started knows none for most of a second.
   */
  async #route(wishes: TunnelWishes): Promise<void> {
    const { plan } = wishes
    const raising = this.#raiseTunnels(wishes)
    if (this.#bird.isKept) await raising
    const isBirdNew = await this.#configureBird(birdConfig(plan.bird))
    const failures = await raising
    this.#routed = settledRoutes(plan.routes, this.#routed)
    await this.#tunnels.lower(wishes, isBirdNew)
    // A tunnel that can't be made, for want of an address perhaps, holds up nothing else.
    if (failures.length > 0) throw failures[0]
  }

  async #raiseTunnels(wishes: TunnelWishes): Promise<unknown[]> {
    const raised = [...wishes.plan.tunnels].map((tunnel) => this.#tunnels.raise(tunnel, wishes))
    return (await Promise.allSettled(raised)).flatMap((one) =>
      one.status === 'rejected' ? [one.reason] : [],
    )
  }

  async #configureBird(config: string): Promise<boolean> {
    if (config === this.#config) return false
    await this.#bird.configure(config)
    this.#config = config
    return true
  }

  async #lookAtMtu(): Promise<number> {
    const { output } = await this.#shell.run(`ip link show dev ${this.#underlay}`)
    return Number(/ mtu (\d+)/.exec(output)?.[1]) || DEFAULT_MTU
  }

  async #announce({ metadata }: Node): Promise<void> {
    const { client, node } = this.#options
    const annotations = addressAnnotation(node.address, node.prefix)
    const isSaid = Object.entries(annotations).every(([key, value]) => metadata.annotations?.[key] === value)
    if (isSaid) return
    await client.patch(NODES, { name: node.name }, { metadata: { annotations } }, { type: 'merge' })
  }

  async #writeFiles(files: ReadonlyMap<string, string>): Promise<void> {
    const changed = [...files].filter(([path, content]) => this.#files.get(path) !== content)
    if (changed.length === 0) return
    const folders = new Set(changed.map(([path]) => dirname(path)))
    const lines = changed.map(
      ([path, content]) => `${writeLine(`${path}.tmp`, content)}\nmv ${path}.tmp ${path}`,
    )
    const script = ['set -e', commandLine(['mkdir', '-p', ...folders]), ...lines].join('\n')
    const { exitCode, output } = await this.#shell.run(script)
    if (exitCode !== 0) {
      const message = `Calico could not write on ${this.#options.machine.name}: ${output.trim()}`
      throw new LabError('KNET_CALICO', { message })
    }
    this.#files = files
  }

  async #reportUp({ metadata, status }: Node): Promise<void> {
    const type = 'NetworkUnavailable'
    if (status?.conditions?.some((one) => one.type === type && one.reason === 'CalicoIsUp')) return
    const now = timestamp(new Date())
    const condition = {
      type,
      status: 'False',
      reason: 'CalicoIsUp',
      message: 'Calico is running on this node',
      lastTransitionTime: now,
      lastHeartbeatTime: now,
    }
    const options = { type: 'strategic', subresource: 'status' } as const
    await this.#options.client.patch(
      NODES,
      { name: metadata.name },
      { status: { conditions: [condition] } },
      options,
    )
  }
}
