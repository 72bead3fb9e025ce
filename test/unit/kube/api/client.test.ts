import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keyOf, type ApiError, type Change, type KubeClient } from '../../../../src/kube/client.ts'
import { createHttpClient } from '../../../../src/kube/http-client.ts'
import type { ConfigMap, KubeObject } from '../../../../src/kube/objects.ts'
import { CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, PODS } from '../../../../src/kube/resources.ts'
import { startApi, TOKEN, type RunningApi } from './start-api.ts'

let api: RunningApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const CLIENTS: [string, string, () => KubeClient][] = [
  ['in process', 'one', () => api.server.client],
  ['over the unix socket', 'two', () => createHttpClient({ socketPath: api.socket })],
  [
    'over TLS',
    'three',
    () => createHttpClient({ server: `https://localhost:${api.port}`, ca: api.ca, token: TOKEN }),
  ],
]

describe.each(CLIENTS)('The client %s', (_, namespace, makeClient) => {
  let client: KubeClient
  beforeAll(async () => {
    client = makeClient()
    await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  })

  const configMap = (
    name: string,
    data: Record<string, string>,
    labels?: Record<string, string>,
  ): ConfigMap => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, ...(labels ? { labels } : {}) },
    data,
  })

  test('creates, gets, lists, updates, patches and deletes.', async () => {
    const key = { namespace, name: 'a' }
    const made = await client.create(CONFIG_MAPS, configMap('a', { k: '1' }, { x: 'y' }))
    expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/)
    expect(await client.get(CONFIG_MAPS, key)).toEqual(made)
    const updated = await client.update(CONFIG_MAPS, { ...made, data: { k: '2' } })
    expect(updated.data).toEqual({ k: '2' })
    const merged = await client.patch(CONFIG_MAPS, key, { data: { l: '3' } }, { type: 'merge' })
    expect(merged.data).toEqual({ k: '2', l: '3' })
    const list = await client.list(CONFIG_MAPS, { namespace, labelSelector: 'x=y' })
    expect(list.items).toEqual([merged])
    expect((await client.list(CONFIG_MAPS, { namespace, labelSelector: 'x!=y' })).items).toEqual([])
    await client.delete(CONFIG_MAPS, key)
    expect(await client.get(CONFIG_MAPS, key)).toBeUndefined()
  })

  test('applies server-side, and is told of conflicts.', async () => {
    const key = { namespace, name: 'ssa' }
    await client.patch(CONFIG_MAPS, key, configMap('ssa', { k: '1' }), { type: 'apply', fieldManager: 'me' })
    const again = client.patch(CONFIG_MAPS, key, configMap('ssa', { k: '2' }), {
      type: 'apply',
      fieldManager: 'you',
    })
    await expect(again).rejects.toThrow('Apply failed with 1 conflict: conflict with "me": .data.k')
    const forced = await client.patch(CONFIG_MAPS, key, configMap('ssa', { k: '2' }), {
      type: 'apply',
      fieldManager: 'you',
      force: true,
    })
    expect(forced.data).toEqual({ k: '2' })
  })

  test('is refused with the API’s Status.', async () => {
    const made = await client.create(CONFIG_MAPS, configMap('b', { k: '1' }))
    await client.update(CONFIG_MAPS, { ...made, data: {} })
    const codes = await Promise.all(
      [
        client.update(CONFIG_MAPS, { ...made, data: { k: '9' } }),
        client.create(CONFIG_MAPS, configMap('b', {})),
        client.create(CONFIG_MAPS, configMap('B_B', {})),
        client.delete(CONFIG_MAPS, { namespace, name: 'nope' }),
      ].map((call) => call.catch(({ code, status }: ApiError) => `${code} ${status.reason}`)),
    )
    expect(codes).toEqual(['409 Conflict', '409 AlreadyExists', '422 Invalid', '404 NotFound'])
  })

  test('reaches the scale and status of a deployment.', async () => {
    const template = {
      metadata: { labels: { app: 'd' } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    }
    const metadata = { name: 'd', namespace }
    const made = await client.create(DEPLOYMENTS, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { selector: { matchLabels: { app: 'd' } }, template },
    })
    await client.patch(
      DEPLOYMENTS,
      metadata,
      { spec: { replicas: 4 } },
      { type: 'merge', subresource: 'scale' },
    )
    const status = { observedGeneration: 2, replicas: 4 }
    const current = (await client.get(DEPLOYMENTS, metadata)) ?? made
    const updated = await client.update(DEPLOYMENTS, { ...current, spec: made.spec, status }, 'status')
    expect(updated.spec?.replicas).toBe(4)
    expect(updated.status).toEqual(status)
    expect(updated.metadata.generation).toBe(2)
  })

  test('binds a pod to a node, once.', async () => {
    const metadata = { name: 'p', namespace }
    const spec = { containers: [{ name: 'c', image: 'i' }] }
    await client.create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata, spec })
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata, target: { kind: 'Node', name: 'node1' } }
    await client.update<KubeObject>(PODS, binding, 'binding')
    expect((await client.get(PODS, metadata))?.spec?.nodeName).toBe('node1')
    await expect(client.update<KubeObject>(PODS, binding, 'binding')).rejects.toThrow(
      'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "node1"',
    )
  })

  test('informs of what is there and of each change to what is selected.', async () => {
    await client.create(CONFIG_MAPS, configMap('i1', {}, { watched: 'yes' }))
    const informer = client.informer(CONFIG_MAPS, { namespace, labelSelector: 'watched=yes' })
    await informer.synced
    const heard: string[] = []
    informer.onChange(({ type, object, previous }: Change<ConfigMap>) => {
      const from = previous ? `${JSON.stringify(previous.data ?? {})} ` : ''
      heard.push(`${type} ${object.metadata.name} ${from}${JSON.stringify(object.data ?? {})}`)
    })
    const made = await client.create(CONFIG_MAPS, configMap('i2', { k: '1' }, { watched: 'yes' }))
    await client.create(CONFIG_MAPS, configMap('i3', {}, {}))
    await client.update(CONFIG_MAPS, { ...made, data: { k: '2' } })
    await expect.poll(() => informer.get(made.metadata)?.data).toEqual({ k: '2' })
    await client.patch(
      CONFIG_MAPS,
      made.metadata,
      { metadata: { labels: { watched: 'no' } } },
      { type: 'merge' },
    )
    await client.delete(CONFIG_MAPS, { namespace, name: 'i1' })
    await expect.poll(() => heard.length).toBe(5)
    expect(heard.slice(0, 4)).toEqual([
      'added i1 {}',
      'added i2 {"k":"1"}',
      'updated i2 {"k":"1"} {"k":"2"}',
      'deleted i2 {"k":"2"}',
    ])
    expect(heard[4]).toBe('deleted i1 {}')
    expect(informer.list()).toEqual([])
    informer.stop()
  })
})

test('An informer over HTTP comes back after the server was away, and tells only what has changed.', async () => {
  const first = await startApi()
  const client = createHttpClient({ socketPath: first.socket })
  const key = { namespace: 'default', name: 'a' }
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: key }
  await first.server.client.create(CONFIG_MAPS, { ...object, data: { run: '1' } })
  const informer = client.informer(CONFIG_MAPS)
  await informer.synced
  const heard: string[] = []
  informer.onChange(({ type, object }) => heard.push(`${type} ${keyOf(object)} ${object.data?.['run']}`))
  await first.server.close()
  await first.server.client.update(CONFIG_MAPS, { ...object, data: { run: '2' } })
  await first.server.listenUnix(first.socket)
  await expect.poll(() => heard).toEqual(['added default/a 1', 'updated default/a 2'])
  informer.stop()
  await first.close()
})

test('A client of a server that is not there says so in a sentence.', async () => {
  const client = createHttpClient({ socketPath: `${api.folder}/nope.sock` })
  await expect(client.list(PODS)).rejects.toMatchObject({ code: 'KNET_CONTROL_PLANE_GONE', exitCode: 2 })
})
