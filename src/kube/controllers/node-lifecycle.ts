import { ApiError } from '../client.ts'
import type { Lease, Node, Pod } from '../objects.ts'
import { LEASES, NODES, PODS } from '../resources.ts'
import { timestamp } from '../timestamp.ts'
import type { ControllerContext } from './context.ts'
import { stableJson } from './names.ts'
import { keyFrom } from './owners.ts'
import { conditionStatus, wantedTaints } from './node-taints.ts'
import { isReady } from './pods.ts'

const LEASE_NAMESPACE = 'kube-node-lease'
const KUBELET_CONDITIONS = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']

/**
 * Watches nodes' leases: a node that is not heard of for `graceMs` becomes Unknown, its pods not ready, and it is tainted.
 * Time is measured here, since its renewTime is the node's own clock. Upstream: pkg/controller/nodelifecycle.
 */
export function startNodeLifecycle(context: ControllerContext, o: { graceMs: number }): void {
  const { client, now } = context
  const recorder = context.recorder('node-controller')
  const queue = context.queue('node-lifecycle', { sync })
  const timers = new Map<string, NodeJS.Timeout>()
  const silent = new Set<string>()
  /** Pods of these are known to be marked not ready. */
  const marked = new Set<string>()

  const nodes = context.watch(NODES, ({ type, object, previous }) => {
    const { name } = object.metadata
    if (type === 'deleted') return forget(name)
    if (type === 'added') {
      recorder.record({
        about: object,
        reason: 'RegisteredNode',
        message: `Node ${name} event: Registered Node ${name} in Controller`,
      })
    }
    if (!previous || heartbeat(previous) !== heartbeat(object)) heard(name)
    if (readiness(previous) === readiness(object)) queue.add(name)
    else for (const node of nodes.list()) queue.add(node.metadata.name)
  })
  context.watch(LEASES, ({ type, object, previous }) => {
    const ours = object.metadata.namespace === LEASE_NAMESPACE && type !== 'deleted'
    if (ours && renewal(previous) !== renewal(object)) heard(object.metadata.name)
  })
  const pods = context.informer(PODS)
  context.atEnd(() => timers.forEach((timer) => clearTimeout(timer)))

  function heard(name: string): void {
    silent.delete(name)
    clearTimeout(timers.get(name))
    const timer = setTimeout(() => {
      silent.add(name)
      queue.add(name)
    }, o.graceMs)
    timers.set(name, timer)
  }

  function forget(name: string): void {
    clearTimeout(timers.get(name))
    timers.delete(name)
    silent.delete(name)
    marked.delete(name)
    for (const node of nodes.list()) queue.add(node.metadata.name)
  }

  async function sync(name: string): Promise<void> {
    const node = nodes.get({ name })
    if (!node) return
    if (silent.has(name)) await markUnknown(node)
    const current = nodes.get({ name }) ?? node
    if (conditionStatus(current, 'Ready') === 'True') marked.delete(name)
    else if (conditionStatus(current, 'Ready') && !marked.has(name)) await markPods(current)
    await taint(current)
  }

  async function markUnknown(node: Node): Promise<void> {
    const time = timestamp(now())
    const old = node.status?.conditions ?? []
    const conditions = old.map((condition) =>
      KUBELET_CONDITIONS.includes(condition.type) && condition.status !== 'Unknown'
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
    await client.update(NODES, { ...node, status: { ...node.status, conditions } }, 'status')
  }

  /** Takes the node's pods out of the endpoints: their kubelet can't. */
  async function markPods(node: Node): Promise<void> {
    const { name } = node.metadata
    marked.add(name)
    recorder.record({
      about: node,
      reason: 'NodeNotReady',
      message: `Node ${name} status is now: NodeNotReady`,
    })
    const ready = pods.list().filter((pod) => pod.spec?.nodeName === name && isReady(pod))
    await Promise.all(ready.map((pod) => markPod(pod)))
  }

  async function markPod(pod: Pod): Promise<void> {
    const conditions = (pod.status?.conditions ?? []).map((condition) =>
      condition.type === 'Ready'
        ? { ...condition, status: 'False', lastTransitionTime: timestamp(now()) }
        : condition,
    )
    try {
      await client.update(PODS, { ...pod, status: { ...pod.status, conditions } }, 'status')
      recorder.record({ about: pod, type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' })
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 404) throw error
    }
  }

  async function taint(node: Node): Promise<void> {
    const evict = nodes.list().some((one) => conditionStatus(one, 'Ready') === 'True')
    const taints = wantedTaints(node, { now: now(), evict })
    if (stableJson(taints) === stableJson(node.spec?.taints ?? [])) return
    const patch = { spec: { taints: taints.length > 0 ? taints : null } }
    await client.patch(NODES, keyFrom(node), patch, { type: 'merge' })
  }
}

const renewal = (lease: Lease | undefined): string | undefined => lease?.spec?.renewTime

const readiness = (node: Node | undefined): string | undefined => node && conditionStatus(node, 'Ready')

function heartbeat(node: Node): string | undefined {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready')
  // What this controller writes is no sign of life.
  return ready?.status === 'Unknown' ? undefined : ready?.lastHeartbeatTime
}
