import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../../base/errors.ts'
import type { KubeClient } from '../client.ts'
import type { EventRecorder } from '../controllers/event-recorder.ts'
import type { Lease, Node } from '../objects.ts'
import { LEASES, NODES } from '../resources.ts'
import { microTimestamp } from '../timestamp.ts'
import type { KubeletConfig } from './kubelet-host.ts'
import { nodeConditions, nodeMetadata, nodeStatus, type NodeIdentity } from './node-object.ts'
import type { PodRuntime } from './runtime.ts'

export interface NodeReporterOptions {
  readonly client: KubeClient
  readonly node: NodeIdentity
  readonly config: KubeletConfig
  readonly runtime: PodRuntime
  readonly recorder: EventRecorder
  readonly signal: AbortSignal
  readonly now: () => Date
}

const LEASE_NAMESPACE = 'kube-node-lease'
const KUBELET_VERSION = 'v1.36.3+knet'
/** While the network is not ready it is looked at this often, ever more rarely, and when somebody says that it changed. */
const LOOK_FIRST_MS = 50
const LOOK_LAST_MS = 500

/** Keeps a node's object and lease: registers it, says whether it is ready, and that it is alive. */
export class NodeReporter {
  readonly #o: NodeReporterOptions
  #problem: string | undefined
  #looking: Promise<void> | undefined
  /** Ends the pause before the next look. */
  #lookSoon: () => void = () => {}

  constructor(options: NodeReporterOptions) {
    this.#o = options
  }

  get networkProblem(): string | undefined {
    return this.#problem
  }

  /** Resolves when the node is in the API. */
  async start(): Promise<void> {
    const { signal, config } = this.#o
    this.#problem = await this.#lookAtNetwork()
    if (signal.aborted) return
    await this.#register()
    await this.#renewLease()
    this.#tellStart()
    if (this.#problem !== undefined) this.#watchNetwork()
    const timer = setInterval(() => void this.#beat(), config.leaseIntervalMs)
    signal.addEventListener('abort', () => clearInterval(timer), { once: true })
  }

  /** Somebody has changed the node's network: what the next look would find a little later is found now. */
  networkChanged(): void {
    this.#lookSoon()
  }

  /** Resolves when the network is ready, or after a while. */
  async networkChange(signal: AbortSignal): Promise<void> {
    this.#watchNetwork()
    const pause = delay(2000, undefined, { signal })
    await Promise.race([this.#looking, pause])
    signal.throwIfAborted()
  }

  async #beat(): Promise<void> {
    const { signal } = this.#o
    try {
      const problem = await this.#lookAtNetwork()
      if (signal.aborted) return
      await this.#renewLease()
      if (problem !== this.#problem) await this.#setProblem(problem)
      else if (!(await this.#isAsWeSay())) await this.#writeConditions()
      if (problem !== undefined) this.#watchNetwork()
    } catch {
      // The next beat tries again; a lease that is not renewed tells of itself.
    }
  }

  /** A runtime that can't tell has no network to offer. */
  async #lookAtNetwork(): Promise<string | undefined> {
    try {
      return await this.#o.runtime.networkProblem()
    } catch (error) {
      return messageOf(error)
    }
  }

  /** Until the network is ready, without waiting for the next beat. */
  #watchNetwork(): void {
    this.#looking ??= this.#untilReady()
      // A write that failed is made good by the next beat.
      .catch(() => {})
      .finally(() => {
        this.#looking = undefined
      })
  }

  async #untilReady(): Promise<void> {
    const { signal } = this.#o
    for (let pause = LOOK_FIRST_MS; !signal.aborted; pause = Math.min(pause * 2, LOOK_LAST_MS)) {
      const changed = new AbortController()
      this.#lookSoon = () => changed.abort()
      const problem = await this.#lookAtNetwork()
      if (signal.aborted) return
      if (problem !== this.#problem) await this.#setProblem(problem)
      if (problem === undefined) return
      const sooner = AbortSignal.any([signal, changed.signal])
      await delay(pause, undefined, { signal: sooner }).catch(() => {})
    }
  }

  async #setProblem(problem: string | undefined): Promise<void> {
    const before = this.#problem
    this.#problem = problem
    await this.#writeConditions()
    if ((before === undefined) === (problem === undefined)) return
    const reason = problem === undefined ? 'NodeReady' : 'NodeNotReady'
    this.#tell(reason, `Node ${this.#o.node.name} status is now: ${reason}`)
  }

  async #register(): Promise<void> {
    const { client, node, config, now } = this.#o
    const versions = { kubelet: KUBELET_VERSION, runtime: `knet://${config.runtimeVersion}` }
    const metadata = nodeMetadata(node, config.machine)
    const fresh = nodeStatus(node, config.machine, versions)
    const existing = await client.get(NODES, { name: node.name })
    const conditions = nodeConditions(existing?.status?.conditions ?? [], this.#problem, now())
    if (!existing) {
      const object = { apiVersion: 'v1', kind: 'Node', metadata, status: { ...fresh, conditions } }
      await client.create(NODES, object)
      return
    }
    const labels = { ...existing.metadata.labels, ...metadata.labels }
    await client.patch(NODES, { name: node.name }, { metadata: { labels } }, { type: 'merge' })
    await this.#writeStatus({ ...existing.status, ...fresh, conditions })
  }

  async #renewLease(): Promise<void> {
    const { client, node, now } = this.#o
    const key = { namespace: LEASE_NAMESPACE, name: node.name }
    const spec = { holderIdentity: node.name, leaseDurationSeconds: 40, renewTime: microTimestamp(now()) }
    const existing = await client.get(LEASES, key)
    if (existing) {
      await client.update(LEASES, { ...existing, spec })
      return
    }
    const owner = await client.get(NODES, { name: node.name })
    const { uid } = owner?.metadata ?? {}
    const owners = uid ? [{ apiVersion: 'v1', kind: 'Node', name: node.name, uid }] : []
    const metadata = { ...key, ownerReferences: owners }
    const lease: Lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec }
    await client.create(LEASES, lease)
  }

  async #isAsWeSay(): Promise<boolean> {
    const node = await this.#o.client.get(NODES, { name: this.#o.node.name })
    const ready = node?.status?.conditions?.find((condition) => condition.type === 'Ready')
    return ready?.status === (this.#problem === undefined ? 'True' : 'False')
  }

  /** A node that was deleted stays so until a kubelet starts anew, as upstream. */
  async #writeConditions(): Promise<void> {
    const { client, node, now } = this.#o
    const existing = await client.get(NODES, { name: node.name })
    if (!existing) return
    const conditions = nodeConditions(existing.status?.conditions ?? [], this.#problem, now())
    await this.#writeStatus({ ...existing.status, conditions })
  }

  async #writeStatus(status: NonNullable<Node['status']>): Promise<void> {
    const { client, node } = this.#o
    await client.patch(NODES, { name: node.name }, { status }, { type: 'merge', subresource: 'status' })
  }

  #tellStart(): void {
    const { name } = this.#o.node
    this.#tell('Starting', 'Starting kubelet.')
    this.#tell('NodeAllocatableEnforced', 'Updated Node Allocatable limit across pods')
    for (const reason of ['NodeHasSufficientMemory', 'NodeHasNoDiskPressure', 'NodeHasSufficientPID']) {
      this.#tell(reason, `Node ${name} status is now: ${reason}`)
    }
    if (this.#problem === undefined) this.#tell('NodeReady', `Node ${name} status is now: NodeReady`)
  }

  /** Kubelets give a node's name for its uid in events; kubectl describe looks for both. */
  #tell(reason: string, message: string): void {
    const { name } = this.#o.node
    this.#o.recorder.record({ about: { kind: 'Node', metadata: { name, uid: name } }, reason, message })
  }
}
