import { ApiError, type Informer } from '../client.ts'
import type { Lease, Node, Pod } from '../objects.ts'
import { LEASES, NODES, PODS } from '../resources.ts'
import { timestamp } from '../timestamp.ts'
import type { ControllerContext } from './context.ts'
import type { EventRecorder } from './event-recorder.ts'
import { stableJson } from './names.ts'
import { keyFrom } from './owners.ts'
import { conditionStatus, wantedTaints } from './node-taints.ts'
import { isReady } from './pods.ts'
import type { WorkQueue } from './work-queue.ts'

const LEASE_NAMESPACE = 'kube-node-lease'
const KUBELET_CONDITIONS = new Set(['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'])

/**
 * Watches nodes' leases: a node that is not heard of for `graceMs` becomes Unknown, its pods not ready, and it is tainted.
 * Time is measured here, since its renewTime is the node's own clock. Upstream: pkg/controller/nodelifecycle.
 */
export function startNodeLifecycle(context: ControllerContext, o: { graceMs: number }): void {
  new NodeLifecycle(context, o).watch(context)
}

class NodeLifecycle {
  readonly #client: ControllerContext['client']
  readonly #now: ControllerContext['now']
  readonly #recorder: EventRecorder
  readonly #queue: WorkQueue
  readonly #timers = new Map<string, NodeJS.Timeout>()
  readonly #graceMs: number
  readonly #silent = new Set<string>()
  /** Those that were ready when last seen. */
  readonly #ready = new Set<string>()
  /** Pods of these are known to be marked not ready. */
  readonly #marked = new Set<string>()
  readonly #nodes: Informer<Node>
  readonly #pods: Informer<Pod>

  constructor(context: ControllerContext, o: { graceMs: number }) {
    this.#client = context.client
    this.#now = context.now
    this.#graceMs = o.graceMs
    this.#recorder = context.recorder('node-controller')
    this.#nodes = context.informer(NODES)
    this.#pods = context.informer(PODS)
    this.#queue = context.queue('node-lifecycle', { sync: (key) => this.#sync(key) })
  }

  watch(context: ControllerContext): void {
    context.watch(NODES, ({ type, object, previous }) => {
      const { name } = object.metadata
      if (type === 'deleted') return this.#forget(name)
      if (type === 'added') {
        this.#recorder.record({
          about: object,
          reason: 'RegisteredNode',
          message: `Node ${name} event: Registered Node ${name} in Controller`,
        })
      }
      if (!previous || heartbeat(previous) !== heartbeat(object)) this.#heard(name)
      if (readiness(previous) === readiness(object)) this.#queue.add(name)
      else for (const node of this.#nodes.list()) this.#queue.add(node.metadata.name)
    })
    context.watch(LEASES, ({ type, object, previous }) => {
      const ours = object.metadata.namespace === LEASE_NAMESPACE && type !== 'deleted'
      if (ours && renewal(previous) !== renewal(object)) this.#heard(object.metadata.name)
    })
    context.atEnd(() => this.#timers.forEach((timer) => clearTimeout(timer)))
  }

  #heard(name: string): void {
    this.#silent.delete(name)
    clearTimeout(this.#timers.get(name))
    const timer = setTimeout(() => {
      this.#silent.add(name)
      this.#queue.add(name)
    }, this.#graceMs)
    this.#timers.set(name, timer)
  }

  #forget(name: string): void {
    clearTimeout(this.#timers.get(name))
    this.#timers.delete(name)
    this.#silent.delete(name)
    this.#marked.delete(name)
    this.#ready.delete(name)
    for (const node of this.#nodes.list()) this.#queue.add(node.metadata.name)
  }

  async #sync(name: string): Promise<void> {
    const node = this.#nodes.get({ name })
    if (!node) return
    if (this.#silent.has(name)) await this.#markUnknown(node)
    const current = this.#nodes.get({ name }) ?? node
    if (conditionStatus(current, 'Ready') === 'True') {
      this.#ready.add(name)
      this.#marked.delete(name)
    } else if (conditionStatus(current, 'Ready') && !this.#marked.has(name)) await this.#markPods(current)
    await this.#taint(current)
  }

  async #markUnknown(node: Node): Promise<void> {
    const time = timestamp(this.#now())
    const old = node.status?.conditions ?? []
    const conditions = old.map((condition) =>
      KUBELET_CONDITIONS.has(condition.type) && condition.status !== 'Unknown'
        ? {
            ...condition,
            status: 'Unknown',
            lastTransitionTime: time,
            reason: 'NodeStatusUnknown',
            message: 'Kubelet stopped posting node status.',
          }
        : condition,
    )
    if (stableJson(conditions) === stableJson(old)) return
    await this.#client.update(NODES, { ...node, status: { ...node.status, conditions } }, 'status')
  }

  /** Takes the node's pods out of the endpoints: their kubelet can't. */
  async #markPods(node: Node): Promise<void> {
    const { name } = node.metadata
    this.#marked.add(name)
    // Of one that has never been ready there is nothing to tell.
    if (this.#ready.delete(name)) {
      this.#recorder.record({
        about: node,
        reason: 'NodeNotReady',
        message: `Node ${name} status is now: NodeNotReady`,
      })
    }
    const ready = this.#pods.list().filter((pod) => pod.spec?.nodeName === name && isReady(pod))
    await Promise.all(ready.map((pod) => this.#markPod(pod)))
  }

  async #markPod(pod: Pod): Promise<void> {
    const conditions = (pod.status?.conditions ?? []).map((condition) =>
      condition.type === 'Ready'
        ? { ...condition, status: 'False', lastTransitionTime: timestamp(this.#now()) }
        : condition,
    )
    try {
      await this.#client.update(PODS, { ...pod, status: { ...pod.status, conditions } }, 'status')
      this.#recorder.record({
        about: pod,
        type: 'Warning',
        reason: 'NodeNotReady',
        message: 'Node is not ready',
      })
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 404) throw error
    }
  }

  async #taint(node: Node): Promise<void> {
    const evict = this.#nodes.list().some((one) => conditionStatus(one, 'Ready') === 'True')
    const taints = wantedTaints(node, { now: this.#now(), evict })
    if (stableJson(taints) === stableJson(node.spec?.taints ?? [])) return
    const patch = { spec: { taints: taints.length > 0 ? taints : null } }
    await this.#client.patch(NODES, keyFrom(node), patch, { type: 'merge' })
  }
}

const renewal = (lease: Lease | undefined): string | undefined => lease?.spec?.renewTime

const readiness = (node: Node | undefined): string | undefined => node && conditionStatus(node, 'Ready')

function heartbeat(node: Node): string | undefined {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready')
  // What this controller writes is no sign of life.
  return ready?.status === 'Unknown' ? undefined : ready?.lastHeartbeatTime
}
