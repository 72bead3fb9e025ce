import { afterEach, expect, test } from 'vitest'
import type { Deployment } from '../../../../src/kube/objects.ts'
import { DEPLOYMENTS, EVENTS, NODES, PODS, REPLICA_SETS } from '../../../../src/kube/resources.ts'
import {
  addNodes,
  controlPlane,
  deployment,
  eventually,
  playKubelets,
  podsOf,
  type ControlPlane,
} from '../../../helpers/control-plane.ts'

let plane: ControlPlane
afterEach(() => plane.stop())

const byText = (a: string, b: string) => (a < b ? -1 : 1)
const byNumber = (a: number, b: number) => a - b
const KEY = { namespace: 'default', name: 'web' }
const rolledOut = (d: Deployment | undefined) =>
  d?.status?.observedGeneration === d?.metadata.generation &&
  (d?.status?.availableReplicas ?? 0) === d?.spec?.replicas &&
  d?.status?.updatedReplicas === d?.spec?.replicas &&
  d?.status?.replicas === d?.spec?.replicas &&
  (d?.status?.conditions?.some((c) => c.reason === 'NewReplicaSetAvailable') ?? false)

async function start(replicas: number, more: object = {}) {
  plane = controlPlane()
  const { client } = plane
  await addNodes(client, 'node0', 'node1', 'node2')
  playKubelets(client)
  await client.create(DEPLOYMENTS, deployment('web', replicas, more))
  await eventually(() => client.get(DEPLOYMENTS, KEY), rolledOut)
  return client
}

async function setImage(client: ControlPlane['client'], image: string) {
  const template = { spec: { containers: [{ name: 'c', image }] } }
  await client.patch(DEPLOYMENTS, KEY, { spec: { template } }, { type: 'merge' })
}

test('three replicas land on three nodes and the deployment says that it is available', async () => {
  const client = await start(3)
  const pods = await podsOf(client, 'web')
  expect(pods.map((pod) => pod.spec?.nodeName ?? '').sort(byText)).toEqual(['node0', 'node1', 'node2'])
  expect(pods[0]?.metadata.name).toMatch(
    /^web-[bcdfghjklmnpqrstvwxz2456789]{7,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$/,
  )
  const found = await client.get(DEPLOYMENTS, KEY)
  expect(found?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1')
  expect(
    found?.status?.conditions?.map(({ type, status, reason, message }) => [type, status, reason, message]),
  ).toEqual([
    ['Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.'],
    [
      'Progressing',
      'True',
      'NewReplicaSetAvailable',
      `ReplicaSet "${pods[0]?.metadata.ownerReferences?.[0]?.name}" has successfully progressed.`,
    ],
  ])
  expect(plane.errors).toEqual([])
})

test('a new image makes a new revision, never with more than the surge or fewer than may be unavailable', async () => {
  const client = await start(4)
  const sizes: number[] = []
  const informer = client.informer(PODS)
  informer.onChange(({ type }) => {
    if (type !== 'updated')
      sizes.push(informer.list('default').filter((p) => !p.metadata.deletionTimestamp).length)
  })
  sizes.length = 0
  await setImage(client, 'nginx:2')
  await eventually(
    () => client.get(DEPLOYMENTS, KEY),
    (d) => rolledOut(d) && d?.metadata.generation === 2,
  )
  expect(Math.max(...sizes)).toBeLessThanOrEqual(5)
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(3)
  const sets = (await client.list(REPLICA_SETS)).items
  const bySize = sets.map((set) => [
    set.metadata.annotations?.['deployment.kubernetes.io/revision'],
    set.spec?.replicas,
  ])
  expect(bySize.sort((a, b) => byText(String(a), String(b)))).toEqual([
    ['1', 0],
    ['2', 4],
  ])
})

test('rolling back to an old template reuses its replica set as the newest revision', async () => {
  const client = await start(2)
  await setImage(client, 'nginx:2')
  await eventually(
    () => client.get(DEPLOYMENTS, KEY),
    (d) => rolledOut(d) && d?.metadata.generation === 2,
  )
  await client.patch(
    DEPLOYMENTS,
    KEY,
    [
      {
        op: 'replace',
        path: '/spec/template/spec/containers/0',
        value: deployment('web', 2).spec?.template.spec?.containers[0],
      },
    ],
    { type: 'json' },
  )
  const back = await eventually(
    () => client.get(DEPLOYMENTS, KEY),
    (d) => rolledOut(d) && d?.metadata.generation === 3,
  )
  expect(back?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3')
  const sets = (await client.list(REPLICA_SETS)).items
  const first = sets.find((set) => set.spec?.replicas === 2)
  expect(sets).toHaveLength(2)
  expect(first?.metadata.annotations).toMatchObject({
    'deployment.kubernetes.io/revision': '3',
    'deployment.kubernetes.io/revision-history': '1',
  })
})

test('Recreate waits until every old pod is gone', async () => {
  const client = await start(3, { strategy: { type: 'Recreate' } })
  const old = new Set((await podsOf(client, 'web')).map((pod) => pod.metadata.uid))
  let mixed = false
  const informer = client.informer(PODS)
  informer.onChange(() => {
    const uids = informer.list('default').map((pod) => old.has(pod.metadata.uid))
    if (uids.some(Boolean) && !uids.every(Boolean)) mixed = true
  })
  await setImage(client, 'nginx:2')
  await eventually(
    () => client.get(DEPLOYMENTS, KEY),
    (d) => rolledOut(d) && d?.metadata.generation === 2,
  )
  expect(mixed).toBe(false)
})

test('a paused deployment scales but does not roll out', async () => {
  const client = await start(2)
  await client.patch(DEPLOYMENTS, KEY, { spec: { paused: true, replicas: 3 } }, { type: 'merge' })
  await setImage(client, 'nginx:2')
  await eventually(
    () => podsOf(client, 'web'),
    (pods) => pods.length === 3,
  )
  const paused = await eventually(
    () => client.get(DEPLOYMENTS, KEY),
    (d) => d?.status?.observedGeneration === 3 && d.status.availableReplicas === 3,
  )
  expect(paused?.status?.conditions?.find((c) => c.type === 'Progressing')?.reason).toBe('DeploymentPaused')
  expect((await client.list(REPLICA_SETS)).items).toHaveLength(1)
  await client.patch(DEPLOYMENTS, KEY, { spec: { paused: null } }, { type: 'merge' })
  await eventually(
    () => client.get(DEPLOYMENTS, KEY),
    (d) => rolledOut(d) && d?.metadata.generation === 4,
  )
  expect((await client.list(REPLICA_SETS)).items).toHaveLength(2)
})

test('only revisionHistoryLimit old replica sets are kept', async () => {
  const client = await start(1, { revisionHistoryLimit: 1 })
  for (const [i, image] of ['nginx:2', 'nginx:3', 'nginx:4'].entries()) {
    await setImage(client, image)
    await eventually(
      () => client.get(DEPLOYMENTS, KEY),
      (d) => rolledOut(d) && d?.metadata.generation === i + 2,
    )
  }
  await eventually(
    () => client.list(REPLICA_SETS),
    ({ items }) => items.length === 2,
  )
})

test('scaling in the middle of a rollout shares the change out in proportion', async () => {
  plane = controlPlane()
  const { client } = plane
  await addNodes(client, 'node0')
  const stop = playKubelets(client)
  await client.create(
    DEPLOYMENTS,
    deployment('web', 10, { strategy: { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } }),
  )
  await eventually(() => client.get(DEPLOYMENTS, KEY), rolledOut)
  stop()
  await setImage(client, 'broken')
  await eventually(
    () => client.list(REPLICA_SETS),
    ({ items }) =>
      items
        .map((s) => s.spec?.replicas ?? 0)
        .sort(byNumber)
        .join() === '5,8',
  )
  await client.patch(DEPLOYMENTS, KEY, { spec: { replicas: 15 } }, { type: 'merge' })
  const { items } = await eventually(
    () => client.list(REPLICA_SETS),
    ({ items }) => items.reduce((n, s) => n + (s.spec?.replicas ?? 0), 0) === 18,
  )
  // The example of upstream's documentation: 5 more are 3 for the old and 2 for the new replica set.
  expect(items.map((set) => set.spec?.replicas ?? 0).sort(byNumber)).toEqual([7, 11])
})

test('scaling and creating are told as events with upstream wording', async () => {
  const client = await start(2)
  const { items } = await eventually(
    () => client.list(EVENTS),
    (list) => list.items.length >= 8,
  )
  const said = items.map(
    (e) => `${e.involvedObject.kind} ${e.reason} ${e.message?.replace(/web-\S+/, 'NAME')}`,
  )
  expect(said).toContain('Deployment ScalingReplicaSet Scaled up replica set NAME from 0 to 2')
  expect(said).toContain('ReplicaSet SuccessfulCreate Created pod: NAME')
  expect(
    said.filter((one) => one.startsWith('Pod Scheduled Successfully assigned default/NAME to node')),
  ).toHaveLength(2)
})

test('a node that is cordoned gets no more pods', async () => {
  const client = await start(2)
  await client.patch(NODES, { name: 'node2' }, { spec: { unschedulable: true } }, { type: 'merge' })
  await client.patch(DEPLOYMENTS, KEY, { spec: { replicas: 9 } }, { type: 'merge' })
  const pods = await eventually(
    () => podsOf(client, 'web'),
    (all) => all.filter((p) => p.spec?.nodeName).length === 9,
  )
  expect(pods.filter((pod) => pod.spec?.nodeName === 'node2').length).toBeLessThanOrEqual(1)
  const taints = (await client.get(NODES, { name: 'node2' }))?.spec?.taints
  expect(taints).toMatchObject([{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }])
})
