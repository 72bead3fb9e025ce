import { afterEach, expect, test } from 'vitest'
import type { DaemonSet, Node } from '../../../../src/kube/objects.ts'
import { DAEMON_SETS, DEPLOYMENTS, EVENTS, NODES, PODS } from '../../../../src/kube/resources.ts'
import { timestamp } from '../../../../src/kube/timestamp.ts'
import {
  addNodes,
  controlPlane,
  deployment,
  eventually,
  playKubelets,
  podsOf,
  readyNode,
  type ControlPlane,
} from '../../../helpers/control-plane.ts'

let plane: ControlPlane
afterEach(() => plane.stop())

function start(config: Parameters<typeof controlPlane>[0] = {}) {
  plane = controlPlane(config)
  playKubelets(plane.client)
  return plane.client
}

async function setReady(name: string, status: string): Promise<void> {
  const node = await plane.client.get(NODES, { name })
  if (!node) throw new Error(`no node ${name}`)
  const conditions = [{ type: 'Ready', status, lastHeartbeatTime: timestamp(new Date()) }]
  await plane.client.update(NODES, { ...node, status: { ...node.status, conditions } }, 'status')
}

const taints = (node: Node | undefined) =>
  node?.spec?.taints?.map(({ key, effect }) => `${key}:${effect}`) ?? []

function daemonSet(more: object = {}): DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'ds', namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: 'ds' } },
      template: {
        metadata: { labels: { app: 'ds' } },
        spec: { containers: [{ name: 'c', image: 'nginx:1' }], ...more },
      },
    },
  }
}

test('every node gets its own range of pod addresses', async () => {
  const client = start()
  await addNodes(client, 'node0', 'node1', 'node2')
  const { items } = await eventually(
    () => client.list(NODES),
    (list) => list.items.every((node) => node.spec?.podCIDR),
  )
  const ranges = items.map((node) => node.spec?.podCIDR ?? '')
  expect(ranges.sort((a, b) => a.localeCompare(b))).toEqual(['10.42.0.0/24', '10.42.1.0/24', '10.42.2.0/24'])
})

test('a node that is not ready is tainted; pods are evicted from it unless no node is ready', async () => {
  const client = start()
  await addNodes(client, 'node0', 'node1')
  await setReady('node0', 'False')
  await eventually(
    () => client.get(NODES, { name: 'node0' }),
    (node) => taints(node).length === 2,
  )
  await setReady('node1', 'False')
  await eventually(
    () => client.get(NODES, { name: 'node0' }),
    (node) => taints(node).join() === 'node.kubernetes.io/not-ready:NoSchedule',
  )
  await setReady('node0', 'True')
  await eventually(
    () => client.get(NODES, { name: 'node0' }),
    (node) => taints(node).length === 0,
  )
})

test('pods leave a node with an evicting taint when their toleration has run out', async () => {
  const client = start()
  await addNodes(client, 'node0')
  const create = (name: string, tolerations: object[]) =>
    client.create(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', labels: { app: 'x' } },
      spec: { nodeName: 'node0', tolerations, containers: [{ name: 'c', image: 'nginx:1' }] },
    })
  const toleration = { key: 'gpu', operator: 'Exists', effect: 'NoExecute' }
  await create('never', [])
  await create('always', [toleration])
  await create('while', [{ ...toleration, tolerationSeconds: 1 }])
  await client.patch(
    NODES,
    { name: 'node0' },
    { spec: { taints: [{ key: 'gpu', effect: 'NoExecute' }] } },
    { type: 'merge' },
  )
  const names = async () => (await podsOf(client, 'x')).map((pod) => pod.metadata.name)
  expect(await eventually(names, (all) => all.length === 2)).toEqual(['always', 'while'])
  expect(await eventually(names, (all) => all.length === 1)).toEqual(['always'])
  const { items } = await eventually(
    () => client.list(EVENTS),
    (list) => list.items.length >= 3,
  )
  expect(items.map((event) => event.message)).toContain('Marking for deletion Pod default/never')
})

test('a daemon set runs on every node that fits, and follows nodes that come', async () => {
  const client = start()
  await addNodes(client, 'node0', 'node1')
  await client.create(NODES, readyNode('windows', { metadata: { name: 'windows', labels: { os: 'other' } } }))
  await client.create(
    DAEMON_SETS,
    daemonSet({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'os', operator: 'NotIn', values: ['other'] }] }],
          },
        },
      },
    }),
  )
  const ready = (n: number) =>
    eventually(
      () => client.get(DAEMON_SETS, { namespace: 'default', name: 'ds' }),
      (set) => set?.status?.numberReady === n && set.status.numberAvailable === n,
    )
  expect((await ready(2))?.status).toMatchObject({
    desiredNumberScheduled: 2,
    currentNumberScheduled: 2,
    updatedNumberScheduled: 2,
    numberMisscheduled: 0,
    observedGeneration: 1,
  })
  await addNodes(client, 'node2')
  await ready(3)
  const pods = await podsOf(client, 'ds')
  expect(pods.map((pod) => pod.spec?.nodeName ?? '').sort((a, b) => a.localeCompare(b))).toEqual([
    'node0',
    'node1',
    'node2',
  ])
  expect(pods[0]?.spec?.tolerations).toContainEqual({
    key: 'node.kubernetes.io/unschedulable',
    operator: 'Exists',
    effect: 'NoSchedule',
  })
})

test('a daemon set rolls one node after the other', async () => {
  const client = start()
  await addNodes(client, 'node0', 'node1', 'node2')
  await client.create(DAEMON_SETS, daemonSet())
  const key = { namespace: 'default', name: 'ds' }
  await eventually(
    () => client.get(DAEMON_SETS, key),
    (set) => set?.status?.numberAvailable === 3,
  )
  let fewest = 3
  const informer = client.informer(PODS)
  informer.onChange(() => {
    const alive = informer
      .list('default')
      .filter((pod) => !pod.metadata.deletionTimestamp && pod.status?.podIP)
    fewest = Math.min(fewest, alive.length)
  })
  const template = { spec: { containers: [{ name: 'c', image: 'nginx:2' }] } }
  await client.patch(DAEMON_SETS, key, { spec: { template } }, { type: 'merge' })
  await eventually(
    () => client.get(DAEMON_SETS, key),
    (set) =>
      set?.status?.updatedNumberScheduled === 3 &&
      set.status.numberAvailable === 3 &&
      set.status.observedGeneration === 2,
  )
  expect(fewest).toBe(2)
  expect(plane.errors).toEqual([])
})

test('the pods of a node that is deleted go, and are replaced on others', async () => {
  const client = start()
  await addNodes(client, 'node0')
  await client.create(DEPLOYMENTS, deployment('web', 2))
  await eventually(
    () => podsOf(client, 'web'),
    (pods) => pods.length === 2 && pods.every((pod) => pod.status?.podIP),
  )
  await addNodes(client, 'node1')
  await client.delete(NODES, { name: 'node0' })
  await eventually(
    () => podsOf(client, 'web'),
    (pods) => pods.length === 2 && pods.every((pod) => pod.spec?.nodeName === 'node1' && pod.status?.podIP),
  )
})
