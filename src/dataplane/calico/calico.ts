import { dirname } from 'node:path'
import { LabError } from '../../base/errors.ts'
import type { Informer, KubeClient } from '../../kube/client.ts'
import type { Node } from '../../kube/objects.ts'
import { NODES } from '../../kube/resources.ts'
import { timestamp } from '../../kube/timestamp.ts'
import type { Machine } from '../../machine/machine.ts'
import { quoted } from '../../machine/quote.ts'
import { syncLoop, type SyncLoop } from '../sync-loop.ts'
import { Bird } from './bgp/bird.ts'
import { addressAnnotation } from './bgp/speaker.ts'
import { nodeFiles } from './node-files.ts'
import { natScript } from './rules/nat-script.ts'
import { planBird, wantsTunnel, type CalicoView } from './plan.ts'
import { BGP_CONFIGURATIONS, BGP_PEERS, BLOCK_AFFINITIES, IP_POOLS } from './resources.ts'
import { IpipTunnel } from './tunnel/ipip-tunnel.ts'
import { releaseTunnelAddress, tunnelAddress } from './tunnel/tunnel-address.ts'

export interface CalicoOptions {
  readonly client: KubeClient
  readonly node: { readonly name: string; readonly address: string; readonly prefix: number }
  readonly machine: Machine
  readonly onProblem: (problem: unknown) => void
}

/** calico/node on one machine: BIRD, the tunnel, and what pods' plugin needs. */
export interface Calico {
  /** Resolves when pods can be made: the node is told of in the API and the CNI configuration is there. */
  readonly ready: Promise<void>
  /** Resolves when all that the API says by now is done on the node. */
  settled(): Promise<void>
  /** Writes everything anew, whatever somebody has done to it. */
  ensure(): Promise<void>
  /** Ends BIRD and the tunnel; with the configuration gone the node is no longer Ready. */
  stop(): Promise<void>
}

export function startCalico(options: CalicoOptions): Calico {
  return new RunningCalico(options)
}

class RunningCalico implements Calico {
  readonly ready: Promise<void>
  readonly #options: CalicoOptions
  readonly #bird: Bird
  readonly #tunnel: IpipTunnel
  readonly #loop: SyncLoop
  readonly #nodes: Informer<Node>
  readonly #view: () => CalicoView
  readonly #informers: readonly Informer<unknown>[]
  #becomeReady!: () => void
  /** What was done last. */
  #config = ''
  #nat = ''
  #address: string | undefined
  #files: ReadonlyMap<string, string> = new Map()

  constructor(options: CalicoOptions) {
    const { client, machine, node, onProblem } = options
    this.#options = options
    this.#bird = new Bird(machine, onProblem)
    this.#tunnel = new IpipTunnel(machine, onProblem)
    this.ready = new Promise((resolve) => (this.#becomeReady = resolve))
    this.#nodes = client.informer(NODES)
    const pools = client.informer(IP_POOLS)
    const affinities = client.informer(BLOCK_AFFINITIES)
    const configurations = client.informer(BGP_CONFIGURATIONS)
    const peers = client.informer(BGP_PEERS)
    this.#view = () => ({
      nodes: this.#nodes.list(),
      pools: pools.list(),
      affinities: affinities.list(),
      configuration: configurations.get({ name: 'default' }),
      peers: peers.list(),
    })
    this.#informers = [this.#nodes, pools, affinities, configurations, peers]
    this.#loop = syncLoop({
      name: `Calico on ${node.name}`,
      sync: () => this.#sync(),
      ready: Promise.all(this.#informers.map(({ synced }) => synced)),
      onProblem,
    })
    for (const informer of this.#informers) informer.onChange(() => this.#loop.touch())
  }

  settled(): Promise<void> {
    return this.#loop.settled()
  }

  async ensure(): Promise<void> {
    await this.ready
    this.#nat = ''
    this.#config = ''
    this.#address = undefined
    this.#files = new Map()
    await this.#loop.run()
  }

  async stop(): Promise<void> {
    this.#loop.stop()
    for (const informer of this.#informers) informer.stop()
    const paths = [...this.#files.keys()].map(quoted)
    await Promise.all([this.#bird.stop(), this.#tunnel.remove()])
    if (paths.length > 0) await this.#options.machine.exec(['sh', '-c', `rm -f ${paths.join(' ')}`])
  }

  /** Whoever goes into the tunnel finds it there: it comes before the routes that lead into it, and goes after them. */
  async #sync(): Promise<void> {
    const node = this.#nodes.get({ name: this.#options.node.name })
    if (!node) return
    await this.#announce(node)
    const view = this.#view()
    const inTunnel = wantsTunnel(view.pools)
    if (inTunnel) await this.#ensureTunnel(node)
    await this.#translate(natScript(view.pools, inTunnel))
    const config = planBird(node.metadata.name, view)
    if (config === undefined) return
    if (config !== this.#config) await this.#bird.configure(config)
    this.#config = config
    if (!inTunnel) await this.#removeTunnel(node)
    await this.#writeFiles(nodeFiles(node.metadata.name, inTunnel))
    await this.#reportUp(node)
    this.#becomeReady()
  }

  async #announce({ metadata }: Node): Promise<void> {
    const { client, node } = this.#options
    const annotations = addressAnnotation(node.address, node.prefix)
    const isSaid = Object.entries(annotations).every(([key, value]) => metadata.annotations?.[key] === value)
    if (isSaid) return
    await client.patch(NODES, { name: node.name }, { metadata: { annotations } }, { type: 'merge' })
  }

  async #ensureTunnel(node: Node): Promise<void> {
    const address = await tunnelAddress(this.#options.client, node)
    if (address === this.#address) return
    await this.#tunnel.ensure(address)
    this.#address = address
  }

  async #translate(script: string): Promise<void> {
    if (script === this.#nat) return
    await this.#run(script, 'translate addresses')
    this.#nat = script
  }

  async #run(script: string, what: string): Promise<void> {
    const { machine } = this.#options
    const { exitCode, stderr } = await machine.exec(['/bin/sh'], { stdin: script })
    if (exitCode === 0) return
    throw new LabError('KNET_CALICO', {
      message: `Calico could not ${what} on ${machine.name}: ${stderr.trim()}`,
    })
  }

  async #removeTunnel(node: Node): Promise<void> {
    if (this.#address === undefined) return
    await this.#tunnel.remove()
    this.#address = undefined
    await releaseTunnelAddress(this.#options.client, node)
  }

  async #writeFiles(files: ReadonlyMap<string, string>): Promise<void> {
    const changed = [...files].filter(([path, content]) => this.#files.get(path) !== content)
    if (changed.length === 0) return
    const lines = changed.map(([path, content]) => {
      const temporary = quoted(`${path}.tmp`)
      return `mkdir -p ${dirname(path)}\nprintf %s ${quoted(content)} >${temporary}\nmv ${temporary} ${quoted(path)}`
    })
    await this.#run(['set -e', ...lines].join('\n'), 'write')
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
