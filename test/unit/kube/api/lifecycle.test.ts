import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Deployment, Namespace, Pod } from '../../../../src/kube/objects.ts'
import { CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, PODS } from '../../../../src/kube/resources.ts'
import { send } from './send.ts'
import { startApi, type RunningApi } from './start-api.ts'

let api: RunningApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const SPEC = { containers: [{ name: 'c', image: 'i' }], terminationGracePeriodSeconds: 30 }
const json = { 'content-type': 'application/json' }

let count = 0
let key: { namespace: string; name: string }
beforeEach(() => {
  key = { namespace: 'default', name: `o${++count}` }
})

const pod = (metadata = {}, spec = {}) =>
  api.server.client.create<Pod>(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...key, ...metadata },
    spec: { ...SPEC, ...spec },
  })
const configMap = (metadata = {}) =>
  api.server.client.create(CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...key, ...metadata },
  })

const post = (path: string, body: object) =>
  send(api.socket, { method: 'POST', path, headers: json, body: JSON.stringify(body) })

test('A pod on a node stays for its grace period with a deletionTimestamp; grace 0 removes it.', async () => {
  const { client } = api.server
  await pod({}, { nodeName: 'node0' })
  const before = Date.now()
  await client.delete(PODS, key)
  const leaving = await client.get(PODS, key)
  expect(leaving?.metadata.deletionGracePeriodSeconds).toBe(30)
  const deadline = Date.parse(leaving?.metadata.deletionTimestamp ?? '')
  expect(Math.abs(deadline - before - 30_000)).toBeLessThan(2000)
  await client.delete(PODS, key, { gracePeriodSeconds: 5 })
  expect((await client.get(PODS, key))?.metadata.deletionGracePeriodSeconds).toBe(5)
  await client.delete(PODS, key, { gracePeriodSeconds: 60 })
  expect((await client.get(PODS, key))?.metadata.deletionGracePeriodSeconds).toBe(5)
  await client.delete(PODS, key, { gracePeriodSeconds: 0 })
  expect(await client.get(PODS, key)).toBeUndefined()
})

test('A pod without a node goes at once.', async () => {
  await pod()
  await api.server.client.delete(PODS, key)
  expect(await api.server.client.get(PODS, key)).toBeUndefined()
})

test('An object with finalizers goes when the last of them is removed, and takes no new ones.', async () => {
  const { client } = api.server
  await configMap({ finalizers: ['a.example/x', 'b.example/y'] })
  await client.delete(CONFIG_MAPS, key)
  const patch = (finalizers: string[] | null) =>
    client.patch(CONFIG_MAPS, key, { metadata: { finalizers } }, { type: 'merge' })
  await expect(patch(['a.example/x', 'c.example/z'])).rejects.toThrow(
    'no new finalizers can be added if the object is being deleted, found new finalizers []string{"c.example/z"}',
  )
  await patch(['b.example/y'])
  expect((await client.get(CONFIG_MAPS, key))?.metadata.finalizers).toEqual(['b.example/y'])
  await patch(null)
  expect(await client.get(CONFIG_MAPS, key)).toBeUndefined()
})

test.each([
  ['Foreground', ['foregroundDeletion']],
  ['Orphan', ['orphan']],
] as const)(
  'Propagation policy %s leaves the object to the garbage collector.',
  async (policy, finalizers) => {
    const { client } = api.server
    await configMap()
    await client.delete(CONFIG_MAPS, key, { propagationPolicy: policy })
    const left = await client.get(CONFIG_MAPS, key)
    expect(left?.metadata.finalizers).toEqual(finalizers)
    expect(left?.metadata.deletionTimestamp).toBeDefined()
    await client.delete(CONFIG_MAPS, key, { propagationPolicy: 'Background' })
    expect(await client.get(CONFIG_MAPS, key)).toBeUndefined()
  },
)

test('A namespace that is being deleted takes nothing new, and goes when it is finalized.', async () => {
  const { client } = api.server
  const { name } = key
  await client.create<Namespace>(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  await client.delete(NAMESPACES, { name })
  const leaving = await client.get(NAMESPACES, { name })
  expect(leaving?.status?.phase).toBe('Terminating')
  const late = { kind: 'ConfigMap', metadata: { name: 'late' } }
  const refused = JSON.parse((await post(`/api/v1/namespaces/${name}/configmaps`, late)).text)
  expect(refused).toMatchObject({
    code: 403,
    message: `configmaps "late" is forbidden: unable to create new content in namespace ${name} because it is being terminated`,
    details: { causes: [{ reason: 'NamespaceTerminating' }] },
  })
  await client.update(NAMESPACES, { ...(leaving as Namespace), spec: { finalizers: [] } }, 'finalize')
  expect(await client.get(NAMESPACES, { name })).toBeUndefined()
})

test('A generated name ends in five random characters.', async () => {
  const made = await configMap({ name: undefined, generateName: 'web-' })
  expect(made.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
})

test('An update that changes nothing is not a change.', async () => {
  const { client } = api.server
  const made = await pod()
  const again = await client.update(PODS, structuredClone(made))
  expect(again.metadata.resourceVersion).toBe(made.metadata.resourceVersion)
})

test('What a client may not change stays: uid, creation time, status on the main resource.', async () => {
  const made = await pod()
  const metadata = { ...made.metadata, creationTimestamp: '2001-01-01T00:00:00Z', labels: { a: 'b' } }
  const updated = await api.server.client.update(PODS, { ...made, metadata, status: { phase: 'Failed' } })
  expect(updated.metadata.creationTimestamp).toBe(made.metadata.creationTimestamp)
  expect(updated.status?.phase).toBe('Pending')
  expect(updated.metadata.labels).toEqual({ a: 'b' })
})

test('A dry run goes through everything and leaves nothing.', async () => {
  const body = { kind: 'ConfigMap', metadata: { name: key.name } }
  const { status, text } = await post('/api/v1/namespaces/default/configmaps?dryRun=All', body)
  expect(status).toBe(201)
  expect(JSON.parse(text).metadata.uid).toBeDefined()
  expect(await api.server.client.get(CONFIG_MAPS, key)).toBeUndefined()
  await configMap()
  const path = `/api/v1/namespaces/default/configmaps/${key.name}?dryRun=All`
  expect((await send(api.socket, { method: 'DELETE', path })).status).toBe(200)
  expect(await api.server.client.get(CONFIG_MAPS, key)).toBeDefined()
})

test('Deleting a collection deletes what is selected.', async () => {
  const { client } = api.server
  await configMap({ labels: { batch: 'x' } })
  await configMap({ name: 'kept' })
  const path = '/api/v1/namespaces/default/configmaps?labelSelector=batch%3Dx'
  const { text } = await send(api.socket, { method: 'DELETE', path })
  expect(JSON.parse(text)).toMatchObject({ kind: 'ConfigMapList', items: [{ metadata: { name: key.name } }] })
  expect(await client.get(CONFIG_MAPS, key)).toBeUndefined()
  expect(await client.get(CONFIG_MAPS, { ...key, name: 'kept' })).toBeDefined()
})

test('An eviction deletes the pod with its grace period.', async () => {
  await pod({}, { nodeName: 'node0' })
  const path = `/api/v1/namespaces/default/pods/${key.name}/eviction`
  const { status } = await post(path, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: key.name },
  })
  expect(status).toBe(201)
  expect((await api.server.client.get(PODS, key))?.metadata.deletionTimestamp).toBeDefined()
})

test('Scaling bumps the generation and belongs to the scale subresource’s manager.', async () => {
  const { client } = api.server
  const template = { metadata: { labels: { app: 'x' } }, spec: SPEC }
  const spec = { selector: { matchLabels: { app: 'x' } }, template }
  await client.create<Deployment>(DEPLOYMENTS, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: key,
    spec,
  })
  const path = `/apis/apps/v1/namespaces/default/deployments/${key.name}/scale`
  const headers = { 'content-type': 'application/merge-patch+json', 'user-agent': 'kubectl/v1.32' }
  const body = '{"spec":{"replicas":3}}'
  const { text } = await send(api.socket, { method: 'PATCH', path, headers, body })
  expect(JSON.parse(text)).toMatchObject({
    kind: 'Scale',
    spec: { replicas: 3 },
    status: { selector: 'app=x' },
  })
  const scaled = await client.get(DEPLOYMENTS, key)
  expect(scaled?.metadata.generation).toBe(2)
  const entry = scaled?.metadata.managedFields?.find(({ subresource }) => subresource === 'scale')
  expect(entry).toMatchObject({ manager: 'kubectl', fieldsV1: { 'f:spec': { 'f:replicas': {} } } })
})

test('YAML is read and, when asked for, written.', async () => {
  const body = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${key.name}\ndata:\n  port: "80"\n`
  const headers = { 'content-type': 'application/yaml', accept: 'application/yaml' }
  const path = '/api/v1/namespaces/default/configmaps'
  const { status, text } = await send(api.socket, { method: 'POST', path, headers, body })
  expect(status).toBe(201)
  expect(text).toContain('\ndata:\n  port: "80"\n')
})
