import { ApiError, keyOf } from '../client.ts'
import { messageOf } from '../../base/errors.ts'
import type { DaemonSet, Node, Pod } from '../objects.ts'
import { DAEMON_SETS, NODES, PODS } from '../resources.ts'
import { slowStart } from './batches.ts'
import { type ControllerContext, splitKey } from './context.ts'
import { daemonPodSpec, nodeOf, placement } from './daemon-placement.ts'
import { daemonSetStatus, REVISION_HASH } from './daemon-set-status.ts'
import { expectations } from './expectations.ts'
import { matchesSelector } from './labels.ts'
import { randomSuffix, safeHash, stableJson } from './names.ts'
import { claim, controllerKey, controllerOf, keyFrom, ownedBy } from './owners.ts'
import { isAvailable } from './pods.ts'
import { scaled } from './rolling-numbers.ts'

const GENERATION = 'deprecated.daemonset.template.generation'

/** Keeps one pod of each DaemonSet on every node that fits. Upstream: pkg/controller/daemon. */
export function startDaemonSets(context: ControllerContext): void {
  const { client, now } = context
  const recorder = context.recorder('daemonset-controller')
  const expected = expectations()
  const queue = context.queue('daemonset', { sync, minIntervalMs: 15 })
  const sets = context.watch(DAEMON_SETS, ({ type, object }) => {
    if (type === 'deleted') expected.forget(keyOf(object))
    queue.add(keyOf(object))
  })
  const nodes = context.watch(NODES, ({ type, object, previous }) => {
    if (type !== 'updated' || !previous || nodeFacts(previous) !== nodeFacts(object)) addAll()
  })
  const pods = context.watch(PODS, ({ object }) => {
    const key = controllerKey(object, 'DaemonSet')
    if (key) {
      expected.observe(key, object)
      queue.add(key)
    } else if (!controllerOf(object)) {
      addMatching(object)
    }
  })

  function addAll(): void {
    for (const set of sets.list()) queue.add(keyOf(set))
  }

  function addMatching(orphan: Pod): void {
    for (const set of sets.list(orphan.metadata.namespace)) {
      if (matchesSelector(set.spec?.selector, orphan.metadata.labels)) queue.add(keyOf(set))
    }
  }

  async function sync(key: string): Promise<void> {
    const set = sets.get(splitKey(key))
    if (!set) return
    const mine = await claim(client, PODS, set, set.spec?.selector, pods.list(set.metadata.namespace))
    const hash = safeHash(set.spec?.template)
    const byNode = new Map<string, Pod[]>()
    for (const pod of mine) byNode.set(nodeOf(pod), [...(byNode.get(nodeOf(pod)) ?? []), pod])
    if (!set.metadata.deletionTimestamp && expected.satisfied(key)) {
      await place(set, byNode, hash)
      if (expected.satisfied(key)) await rollUpdate(set, byNode, hash)
    }
    const status = daemonSetStatus(set, nodes.list(), byNode, { hash, now: now() })
    if (stableJson(status) !== stableJson(set.status)) {
      await client.update(DAEMON_SETS, { ...set, status }, 'status')
    }
  }

  async function place(set: DaemonSet, byNode: ReadonlyMap<string, Pod[]>, hash: string): Promise<void> {
    const missing: string[] = []
    const surplus: Pod[] = []
    const names = new Set(nodes.list().map((node) => node.metadata.name))
    for (const node of nodes.list()) {
      const there = byNode.get(node.metadata.name) ?? []
      const { run, stay } = placement(set, node)
      const failed = there.filter((pod) => pod.status?.phase === 'Failed' && !pod.metadata.deletionTimestamp)
      for (const pod of failed) tellFailed(set, pod)
      surplus.push(...failed)
      const alive = there.filter((pod) => pod.status?.phase !== 'Failed')
      if (run && alive.length === 0 && failed.length === there.length) missing.push(node.metadata.name)
      if (run) surplus.push(...alive.filter((pod) => !pod.metadata.deletionTimestamp).slice(1))
      if (!run && !stay) surplus.push(...alive)
    }
    for (const [node, there] of byNode) if (!names.has(node)) surplus.push(...there)
    const { error } = await slowStart(missing.length, (i) => createPod(set, missing[i] ?? '', hash))
    await Promise.all(surplus.map((pod) => deletePod(set, pod)))
    if (error !== undefined) throw error
  }

  /** Takes old pods away, at most maxUnavailable nodes at a time; `place` makes new ones. Upstream: rollingUpdate. */
  async function rollUpdate(set: DaemonSet, byNode: ReadonlyMap<string, Pod[]>, hash: string): Promise<void> {
    if (set.spec?.updateStrategy?.type === 'OnDelete') return
    const wanted = nodes.list().filter((node) => placement(set, node).run)
    const limit = scaled(set.spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, wanted.length, 'up')
    let unavailable = 0
    const broken: Pod[] = []
    const healthy: Pod[] = []
    for (const node of wanted) {
      const [pod] = byNode.get(node.metadata.name) ?? []
      const available =
        pod && !pod.metadata.deletionTimestamp && isAvailable(pod, set.spec?.minReadySeconds, now())
      if (!available) unavailable++
      if (!pod || pod.metadata.deletionTimestamp || pod.metadata.labels?.[REVISION_HASH] === hash) continue
      if (available) healthy.push(pod)
      else broken.push(pod)
    }
    const going = [...broken, ...healthy.slice(0, Math.max(0, limit - unavailable))]
    await Promise.all(going.map((pod) => deletePod(set, pod)))
  }

  async function createPod(set: DaemonSet, node: string, hash: string): Promise<void> {
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
      await client.create(PODS, pod)
    } catch (error) {
      const message = `Error creating: ${messageOf(error)}`
      recorder.record({ about: set, type: 'Warning', reason: 'FailedCreate', message })
      throw error
    }
    if (!pods.get(keyFrom(pod))) expected.expect(keyOf(set), pod)
    recorder.record({ about: set, reason: 'SuccessfulCreate', message: `Created pod: ${pod.metadata.name}` })
  }

  async function deletePod(set: DaemonSet, pod: Pod): Promise<void> {
    if (pod.metadata.deletionTimestamp) return
    try {
      await client.delete(PODS, keyFrom(pod))
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return
      throw error
    }
    const cached = pods.get(keyFrom(pod))
    if (cached && !cached.metadata.deletionTimestamp) expected.expect(keyOf(set), pod)
    recorder.record({ about: set, reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` })
  }

  function tellFailed(set: DaemonSet, pod: Pod): void {
    const message = `Found failed daemon pod ${keyOf(pod)} on node ${nodeOf(pod)}, will try to kill it`
    recorder.record({ about: set, type: 'Warning', reason: 'FailedDaemonPod', message })
  }
}

function nodeFacts({ metadata, spec }: Node): string {
  return stableJson([metadata.labels, spec?.taints, spec?.unschedulable])
}
