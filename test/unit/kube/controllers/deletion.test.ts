import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ConfigMap, Namespace } from '../../../../src/kube/objects.ts'
import { createRegistry } from '../../../../src/kube/registry/registry.ts'
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  NAMESPACES,
  NETWORK_POLICIES,
  PODS,
  REPLICA_SETS,
  SERVICE_ACCOUNTS,
} from '../../../../src/kube/resources.ts'
import {
  addNodes,
  controlPlane,
  deployment,
  eventually,
  playKubelets,
  podsOf,
  type ControlPlane,
} from '../../../helpers/control-plane.ts'
import { CRONTABS, CRONTABS_FILE, cronTab, install } from '../custom/fixtures.ts'

let plane: ControlPlane
beforeEach(async () => {
  plane = controlPlane()
  await addNodes(plane.client, 'node0')
  playKubelets(plane.client)
})
afterEach(() => plane.stop())

const KEY = { namespace: 'default', name: 'web' }

async function running(replicas: number): Promise<void> {
  await plane.client.create(DEPLOYMENTS, deployment('web', replicas))
  await eventually(
    () => plane.client.get(DEPLOYMENTS, KEY),
    (one) => one?.status?.availableReplicas === replicas,
  )
}

test('deleting a deployment in the background takes its replica sets and pods along', async () => {
  await running(3)
  await plane.client.delete(DEPLOYMENTS, KEY, { propagationPolicy: 'Background' })
  expect(await plane.client.get(DEPLOYMENTS, KEY)).toBeUndefined()
  await eventually(
    () => plane.client.list(REPLICA_SETS),
    ({ items }) => items.length === 0,
  )
  await eventually(
    () => podsOf(plane.client, 'web'),
    (pods) => pods.length === 0,
  )
})

test('deleting in the foreground keeps the owner until its dependents are gone', async () => {
  await running(2)
  const order: string[] = []
  for (const type of [DEPLOYMENTS, REPLICA_SETS, PODS]) {
    plane.client.informer(type as typeof PODS).onChange((change) => {
      if (change.type === 'deleted') order.push(type.kind)
    })
  }
  await plane.client.delete(DEPLOYMENTS, KEY, { propagationPolicy: 'Foreground' })
  expect(await plane.client.get(DEPLOYMENTS, KEY)).toMatchObject({
    metadata: { finalizers: ['foregroundDeletion'] },
  })
  await eventually(
    () => plane.client.get(DEPLOYMENTS, KEY),
    (one) => one === undefined,
  )
  await eventually(
    () => order.length,
    (length) => length === 4,
  )
  expect(order).toEqual(['Pod', 'Pod', 'ReplicaSet', 'Deployment'])
})

test('orphans stay, and a new owner with the same selector adopts them', async () => {
  await running(2)
  const before = (await podsOf(plane.client, 'web')).map((pod) => pod.metadata.uid)
  await plane.client.delete(DEPLOYMENTS, KEY, { propagationPolicy: 'Orphan' })
  await eventually(
    () => plane.client.get(DEPLOYMENTS, KEY),
    (one) => one === undefined,
  )
  const { items } = await plane.client.list(REPLICA_SETS)
  expect(items.map((set) => set.metadata.ownerReferences)).toEqual([undefined])
  await plane.client.create(DEPLOYMENTS, deployment('web', 2))
  await eventually(
    () => plane.client.get(DEPLOYMENTS, KEY),
    (one) => one?.status?.availableReplicas === 2,
  )
  expect((await podsOf(plane.client, 'web')).map((pod) => pod.metadata.uid)).toEqual(before)
})

test('a pod whose label is taken away is released and replaced', async () => {
  await running(1)
  const [pod] = await podsOf(plane.client, 'web')
  const key = { namespace: 'default', name: pod?.metadata.name ?? '' }
  await plane.client.patch(PODS, key, { metadata: { labels: { app: 'debug' } } }, { type: 'merge' })
  await eventually(
    () => podsOf(plane.client, 'web'),
    ([other]) => Boolean(other?.status?.podIP),
  )
  const released = await eventually(
    () => plane.client.get(PODS, key),
    (one) => !one?.metadata.ownerReferences,
  )
  expect(released?.metadata.uid).toBe(pod?.metadata.uid)
})

test('a namespace is emptied before it goes, and new ones get their account and CA', async () => {
  const { client } = plane
  await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo' } })
  const account = { namespace: 'demo', name: 'default' }
  await eventually(() => client.get(SERVICE_ACCOUNTS, account), Boolean)
  const ca = await eventually(
    () => client.get(CONFIG_MAPS, { namespace: 'demo', name: 'kube-root-ca.crt' }),
    Boolean,
  )
  expect(ca?.data).toEqual({ 'ca.crt': 'PEM' })
  const inDemo = { ...deployment('web', 2), metadata: { name: 'web', namespace: 'demo' } }
  await client.create(DEPLOYMENTS, inDemo)
  await eventually(
    () => client.list(PODS, { namespace: 'demo' }),
    ({ items }) => items.length === 2,
  )
  await client.delete(NAMESPACES, { name: 'demo' })
  await eventually(
    () => client.get(NAMESPACES, { name: 'demo' }),
    (one) => one === undefined,
  )
  expect((await client.list(PODS, { namespace: 'demo' })).items).toEqual([])
  expect((await client.list(CONFIG_MAPS, { namespace: 'demo' })).items).toEqual([])
})

test('every kind that lives in namespaces goes with its namespace', async () => {
  const { client } = plane
  await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo' } })
  // One that stayed would apply again as soon as somebody makes the namespace anew.
  await client.create(NETWORK_POLICIES, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'deny', namespace: 'demo' },
    spec: { podSelector: {} },
  })
  await client.delete(NAMESPACES, { name: 'demo' })
  await eventually(
    () => client.get(NAMESPACES, { name: 'demo' }),
    (one) => one === undefined,
  )
  for (const type of createRegistry().filter(({ namespaced, plural }) => namespaced && plural !== 'events')) {
    const { items } = await client.list(type, { namespace: 'demo' })
    expect([type.plural, items]).toEqual([type.plural, []])
  }
})

test('the default account and the CA come back when they are deleted', async () => {
  const { client } = plane
  const key = { namespace: 'default', name: 'kube-root-ca.crt' }
  await eventually(() => client.get(CONFIG_MAPS, key), Boolean)
  await client.delete(CONFIG_MAPS, key)
  await eventually(() => client.get(CONFIG_MAPS, key), Boolean)
  await client.delete(SERVICE_ACCOUNTS, { namespace: 'default', name: 'default' })
  await eventually(() => client.get(SERVICE_ACCOUNTS, { namespace: 'default', name: 'default' }), Boolean)
})

test('custom resources go with their namespace and with their owners', async () => {
  await install(plane.client, CRONTABS_FILE)
  await plane.client.create(NAMESPACES, { metadata: { name: 'going' } } as Namespace)
  const away = cronTab('a')
  await plane.client.create(CRONTABS, { ...away, metadata: { ...away.metadata, namespace: 'going' } })
  const owner = await plane.client.create(CRONTABS, cronTab('owner'))
  const { apiVersion = '', kind = '', metadata } = owner
  const ownerReferences = [{ apiVersion, kind, name: 'owner', uid: metadata?.uid ?? '' }]
  const owned = cronTab('owned')
  await plane.client.create(CRONTABS, { ...owned, metadata: { ...owned.metadata, ownerReferences } })
  await plane.client.create(CONFIG_MAPS, {
    metadata: { name: 'owned', namespace: 'default', ownerReferences },
  } as ConfigMap)
  await plane.client.delete(NAMESPACES, { name: 'going' })
  await plane.client.delete(CRONTABS, { namespace: 'default', name: 'owner' })
  await eventually(
    async () => [
      ...(await plane.client.list(CRONTABS)).items,
      ...(await plane.client.list(CONFIG_MAPS)).items.filter((one) => one.metadata.name === 'owned'),
      ...(await plane.client.list(NAMESPACES)).items.filter((one) => one.metadata.name === 'going'),
    ],
    (left) => left.length === 0,
  )
  expect(plane.errors).toEqual([])
})
