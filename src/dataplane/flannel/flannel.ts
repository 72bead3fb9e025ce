import { LabError } from '../../base/errors.ts'
import type { Informer, KubeClient } from '../../kube/client.ts'
import type { Node } from '../../kube/objects.ts'
import { NODES } from '../../kube/resources.ts'
import { timestamp } from '../../kube/timestamp.ts'
import type { Machine } from '../../machine/machine.ts'
import { randomMac } from '../../net/mac.ts'
import { machineShell, type NodeShell } from '../cni/node-shell.ts'
import { type SyncLoop, syncLoop } from '../sync-loop.ts'
import { changesBetween } from './changes.ts'
import { type Backend, type Lease, annotationsOf, leaseOf, vtepMacOf, wasAnnotated } from './lease.ts'
import { NOTHING, type NetworkState } from './network-state.ts'
import { observeNetwork } from './observe.ts'
import { type Network, planNetwork } from './plan.ts'

/** flannel, on one machine. */
export interface Flannel {
  /** Resolves when the node's own part is there: flannel.1, subnet.env, the CNI configuration. */
  readonly ready: Promise<void>
  /** Makes everything anew that is missing or different, and says what that was: "route to 10.42.1.0/24". */
  ensure(): Promise<readonly string[]>
  /** Leaves the machine's network as it is. */
  stop(): void
}

export interface FlannelOptions {
  readonly client: KubeClient
  readonly node: { readonly name: string; readonly address: string }
  readonly machine: Machine
  /** Runs on the machine what changes it; default: a command for each change. */
  readonly shell?: NodeShell
  readonly backend: Backend
  /** Of all pods: 10.42.0.0/16. */
  readonly podNetwork: string
  /** The device to the other nodes; default eth0. */
  readonly underlay?: string
  /** Its MTU; default 1500. */
  readonly underlayMTU?: number
  /** Told of a sync that failed; it is tried again in any case, with a pause that grows. */
  readonly onProblem?: (problem: unknown) => void
}

export function startFlannel(options: FlannelOptions): Flannel {
  return new NodeFlannel(options)
}

class NodeFlannel implements Flannel {
  readonly ready: Promise<void>
  readonly #options: FlannelOptions
  readonly #network: Network
  readonly #nodes: Informer<Node>
  readonly #loop: SyncLoop
  /** Used if the Node has none from an earlier flannel. */
  readonly #mac = randomMac()
  /** What we wrote. */
  #have: NetworkState = NOTHING
  /** Whether the machine may have something else, so that it must be looked at first. */
  #doubtful = false
  #mended: readonly string[] = []
  #becomeReady!: () => void
  #isReady = false

  constructor(options: FlannelOptions) {
    const { backend, podNetwork, underlay = 'eth0', underlayMTU = 1500 } = options
    this.#options = options
    this.#network = { backend, podNetwork, underlay, underlayMTU }
    this.ready = new Promise((resolve) => (this.#becomeReady = resolve))
    this.#nodes = options.client.informer(NODES)
    this.#loop = syncLoop({
      name: `flannel on ${options.node.name}`,
      sync: () => this.#sync(),
      ready: this.#nodes.synced,
      onProblem: options.onProblem,
    })
    this.#nodes.onChange(() => this.#loop.touch())
  }

  async ensure(): Promise<readonly string[]> {
    await this.ready
    this.#doubtful = true
    await this.#loop.run()
    return this.#mended
  }

  stop(): void {
    this.#loop.stop()
    this.#nodes.stop()
  }

  async #sync(): Promise<void> {
    const node = this.#nodes.get({ name: this.#options.node.name })
    const podCIDR = node?.spec?.podCIDR
    if (!node || !podCIDR) return
    if (!this.#isReady && wasAnnotated(node)) this.#doubtful = true
    const own = this.#ownLease(node, podCIDR)
    await this.#announce(node, own)
    const { backend } = this.#options
    const others = this.#nodes.list().filter((other) => other.metadata.name !== node.metadata.name)
    const leases = others.flatMap((other) => leaseOf(other, backend) ?? [])
    await this.#write(planNetwork(this.#network, own, leases))
    if (this.#isReady) return
    this.#isReady = true
    this.#becomeReady()
    await this.#reportUp()
  }

  #ownLease(node: Node, podCIDR: string): Lease {
    const publicIP = this.#options.node.address
    if (this.#options.backend === 'host-gw') return { podCIDR, publicIP }
    return { podCIDR, publicIP, vtepMac: vtepMacOf(node) ?? this.#mac }
  }

  async #announce(node: Node, own: Lease): Promise<void> {
    const wanted = annotationsOf(own, this.#options.backend)
    const present = node.metadata.annotations ?? {}
    if (Object.entries(wanted).every(([key, value]) => present[key] === value)) return
    const patch = { metadata: { annotations: wanted } }
    await this.#options.client.patch(NODES, { name: node.metadata.name }, patch, { type: 'merge' })
  }

  async #write(want: NetworkState): Promise<void> {
    const { machine, podNetwork } = this.#options
    const look = this.#doubtful
    this.#doubtful = false
    try {
      if (look) this.#have = await observeNetwork(machine, podNetwork)
      const { script, what } = changesBetween(this.#have, want)
      if (look) this.#mended = what
      if (script) await this.#run(script)
      this.#have = want
    } catch (error) {
      this.#doubtful = true
      throw error
    }
  }

  async #run(script: string): Promise<void> {
    const { machine, shell = machineShell(machine) } = this.#options
    const { exitCode, output } = await shell.run(script)
    if (exitCode === 0) return
    throw new LabError('KNET_FLANNEL', {
      message: `flannel could not set up the network of ${machine.name}: ${output.trim()}`,
    })
  }

  /** As flannel does with --set-node-network-unavailable, which k3s has on. */
  async #reportUp(): Promise<void> {
    const now = timestamp(new Date())
    const condition = {
      type: 'NetworkUnavailable',
      status: 'False',
      reason: 'FlannelIsUp',
      message: 'Flannel is running on this node',
      lastTransitionTime: now,
      lastHeartbeatTime: now,
    }
    const patch = { status: { conditions: [condition] } }
    const options = { type: 'strategic', subresource: 'status' } as const
    await this.#options.client.patch(NODES, { name: this.#options.node.name }, patch, options)
  }
}
