import { ApiError, keyOf, type Informer } from '../client.ts'
import { messageOf } from '../../base/errors.ts'
import type { DaemonSet, Node, Pod } from '../objects.ts'
import { DAEMON_SETS, NODES, PODS } from '../resources.ts'
import { slowStart } from './batches.ts'
import { type ControllerContext, splitKey } from './context.ts'
import type { EventRecorder } from './event-recorder.ts'
import { daemonPodSpec, nodeOf, placement } from './daemon-placement.ts'
import { daemonSetStatus, REVISION_HASH } from './daemon-set-status.ts'
import { expectations } from './expectations.ts'
import { matchesSelector } from './labels.ts'
import { randomSuffix } from '../random-name.ts'
import { safeHash, stableJson } from './names.ts'
import { claim, controllerKey, controllerOf, keyFrom, ownedBy } from './owners.ts'
import { isAvailable } from './pods.ts'
import { scaled } from './rolling-numbers.ts'
import type { WorkQueue } from './work-queue.ts'

const GENERATION = 'deprecated.daemonset.template.generation'

/** Keeps one pod of each DaemonSet on every node that fits. Upstream: pkg/controller/daemon. */
export function startDaemonSets(context: ControllerContext): void {
  new DaemonSets(context).watch(context)
}

class DaemonSets {
  readonly #client: ControllerContext['client']
  readonly #now: ControllerContext['now']
  readonly #recorder: EventRecorder
  readonly #expected = expectations()
  readonly #queue: WorkQueue
  readonly #sets: Informer<DaemonSet>
  readonly #nodes: Informer<Node>
  readonly #pods: Informer<Pod>

  constructor(context: ControllerContext) {
    this.#client = context.client
    this.#now = context.now
    this.#recorder = context.recorder('daemonset-controller')
    this.#sets = context.informer(DAEMON_SETS)
    this.#nodes = context.informer(NODES)
    this.#pods = context.informer(PODS)
    this.#queue = context.queue('daemonset', { sync: (key) => this.#sync(key), minIntervalMs: 15 })
  }

  watch(context: ControllerContext): void {
    context.watch(DAEMON_SETS, ({ type, object }) => {
      if (type === 'deleted') this.#expected.forget(keyOf(object))
      this.#queue.add(keyOf(object))
    })
    context.watch(NODES, ({ type, object, previous }) => {
      if (type !== 'updated' || !previous || nodeFacts(previous) !== nodeFacts(object)) this.#addAll()
    })
    context.watch(PODS, ({ object }) => {
      const key = controllerKey(object, 'DaemonSet')
      if (key) {
        this.#expected.observe(key, object)
        this.#queue.add(key)
      } else if (!controllerOf(object)) {
        this.#addMatching(object)
      }
    })
  }

  #addAll(): void {
    for (const set of this.#sets.list()) this.#queue.add(keyOf(set))
  }

  #addMatching(orphan: Pod): void {
    for (const set of this.#sets.list(orphan.metadata.namespace)) {
      if (matchesSelector(set.spec?.selector, orphan.metadata.labels)) this.#queue.add(keyOf(set))
    }
  }

  async #sync(key: string): Promise<void> {
    const set = this.#sets.get(splitKey(key))
    if (!set) return
    const mine = await claim(
      this.#client,
      PODS,
      set,
      set.spec?.selector,
      this.#pods.list(set.metadata.namespace),
    )
    const hash = safeHash(set.spec?.template)
    const byNode = new Map<string, Pod[]>()
    for (const pod of mine) byNode.set(nodeOf(pod), [...(byNode.get(nodeOf(pod)) ?? []), pod])
    if (!set.metadata.deletionTimestamp && this.#expected.satisfied(key)) {
      await this.#place(set, byNode, hash)
      if (this.#expected.satisfied(key)) await this.#rollUpdate(set, byNode, hash)
    }
    const status = daemonSetStatus(set, this.#nodes.list(), byNode, { hash, now: this.#now() })
    if (stableJson(status) !== stableJson(set.status)) {
      await this.#client.update(DAEMON_SETS, { ...set, status }, 'status')
    }
  }

  async #place(set: DaemonSet, byNode: ReadonlyMap<string, Pod[]>, hash: string): Promise<void> {
    const missing: string[] = []
    const surplus: Pod[] = []
    const names = new Set(this.#nodes.list().map((node) => node.metadata.name))
    for (const node of this.#nodes.list()) {
      const there = byNode.get(node.metadata.name) ?? []
      const { run, stay } = placement(set, node)
      const failed = there.filter((pod) => pod.status?.phase === 'Failed' && !pod.metadata.deletionTimestamp)
      for (const pod of failed) this.#tellFailed(set, pod)
      surplus.push(...failed)
      const alive = there.filter((pod) => pod.status?.phase !== 'Failed')
      if (run && alive.length === 0 && failed.length === there.length) missing.push(node.metadata.name)
      if (run) surplus.push(...alive.filter((pod) => !pod.metadata.deletionTimestamp).slice(1))
      if (!run && !stay) surplus.push(...alive)
    }
    for (const [node, there] of byNode) if (!names.has(node)) surplus.push(...there)
    const { error } = await slowStart(missing.length, (i) => this.#createPod(set, missing[i] ?? '', hash))
    await Promise.all(surplus.map((pod) => this.#deletePod(set, pod)))
    if (error !== undefined) throw error
  }

  /** Takes old pods away, at most maxUnavailable nodes at a time; `place` makes new ones. Upstream: rollingUpdate. */
  async #rollUpdate(set: DaemonSet, byNode: ReadonlyMap<string, Pod[]>, hash: string): Promise<void> {
    if (set.spec?.updateStrategy?.type === 'OnDelete') return
    const wanted = this.#nodes.list().filter((node) => placement(set, node).run)
    const limit = scaled(set.spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, wanted.length, 'up')
    let unavailable = 0
    const broken: Pod[] = []
    const healthy: Pod[] = []
    for (const node of wanted) {
      const [pod] = byNode.get(node.metadata.name) ?? []
      const available =
        pod && !pod.metadata.deletionTimestamp && isAvailable(pod, set.spec?.minReadySeconds, this.#now())
      if (!available) unavailable++
      if (!pod || pod.metadata.deletionTimestamp || pod.metadata.labels?.[REVISION_HASH] === hash) continue
      if (available) healthy.push(pod)
      else broken.push(pod)
    }
    const going = [...broken, ...healthy.slice(0, Math.max(0, limit - unavailable))]
    await Promise.all(going.map((pod) => this.#deletePod(set, pod)))
  }

  async #createPod(set: DaemonSet, node: string, hash: string): Promise<void> {
    const { metadata } = set.spec?.template ?? {}
    const generateName = `${set.metadata.name}-`
    const generation = set.metadata.annotations?.[GENERATION]
    const labels = {
      ...metadata?.labels,
      [REVISION_HASH]: hash,
      ...(generation && { 'pod-template-generation': generation }),
    }
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        generateName,
        name: generateName + randomSuffix(),
        ...(set.metadata.namespace && { namespace: set.metadata.namespace }),
        labels,
        ...(metadata?.annotations && { annotations: metadata.annotations }),
        ownerReferences: [ownedBy(set)],
      },
      spec: daemonPodSpec(set, node),
    }
    try {
      await this.#client.create(PODS, pod)
    } catch (error) {
      const message = `Error creating: ${messageOf(error)}`
      this.#recorder.record({ about: set, type: 'Warning', reason: 'FailedCreate', message })
      throw error
    }
    if (!this.#pods.get(keyFrom(pod))) this.#expected.expect(keyOf(set), pod)
    this.#recorder.record({
      about: set,
      reason: 'SuccessfulCreate',
      message: `Created pod: ${pod.metadata.name}`,
    })
  }

  async #deletePod(set: DaemonSet, pod: Pod): Promise<void> {
    if (pod.metadata.deletionTimestamp) return
    try {
      await this.#client.delete(PODS, keyFrom(pod))
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return
      throw error
    }
    const cached = this.#pods.get(keyFrom(pod))
    if (cached && !cached.metadata.deletionTimestamp) this.#expected.expect(keyOf(set), pod)
    this.#recorder.record({
      about: set,
      reason: 'SuccessfulDelete',
      message: `Deleted pod: ${pod.metadata.name}`,
    })
  }

  #tellFailed(set: DaemonSet, pod: Pod): void {
    const message = `Found failed daemon pod ${keyOf(pod)} on node ${nodeOf(pod)}, will try to kill it`
    this.#recorder.record({ about: set, type: 'Warning', reason: 'FailedDaemonPod', message })
  }
}

function nodeFacts({ metadata, spec }: Node): string {
  return stableJson([metadata.labels, spec?.taints, spec?.unschedulable])
}
