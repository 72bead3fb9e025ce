import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CONFIG_MAPS } from '../../../../src/kube/resources.ts'
import type { ConfigMap } from '../../../../src/kube/objects.ts'
import { send } from './send.ts'
import { startApi, type RunningApi } from './start-api.ts'

const PATH = '/api/v1/namespaces/default/configmaps'

let api: RunningApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

interface Event {
  readonly type: string
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever the stream carries
  readonly object: any
}

const put = async (name: string, data: Record<string, string>, labels = {}) => {
  const metadata = { name, namespace: 'default', labels }
  const object: ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data }
  const { client } = api.server
  const current = await client.get(CONFIG_MAPS, metadata)
  return current ? client.update(CONFIG_MAPS, object) : client.create(CONFIG_MAPS, object)
}

/** A watch that has run its second. */
async function watch(query: string, headers = {}): Promise<Event[]> {
  const { text } = await send(api.socket, { path: `${PATH}?watch=1&timeoutSeconds=1&${query}`, headers })
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Event)
}

const brief = ({ type, object }: Event) =>
  `${type} ${object.metadata.name} ${JSON.stringify(object.data ?? {})}`

test('A watch from a resourceVersion tells what came after it; one without tells what is there.', async () => {
  const { metadata } = await put('a', { k: '1' })
  await put('a', { k: '2' })
  await put('b', {})
  const [resumed, fresh] = await Promise.all([
    watch(`resourceVersion=${metadata.resourceVersion}`),
    watch(''),
  ])
  expect(resumed.map(brief)).toEqual(['MODIFIED a {"k":"2"}', 'ADDED b {}'])
  expect(fresh.map(brief)).toEqual(['ADDED a {"k":"2"}', 'ADDED b {}'])
})

test('An object that stops being selected is deleted for that watch, and added when it is selected again.', async () => {
  const { metadata } = await put('s', { n: '1' }, { on: 'yes' })
  await put('s', { n: '2' }, { on: 'no' })
  await put('s', { n: '3' }, { on: 'yes' })
  const events = await watch(`resourceVersion=${metadata.resourceVersion}&labelSelector=on%3Dyes`)
  expect(events.map(brief)).toEqual(['DELETED s {"n":"1"}', 'ADDED s {"n":"3"}'])
  expect(Number(events[0]?.object.metadata.resourceVersion)).toBeGreaterThan(Number(metadata.resourceVersion))
})

test('A streaming list ends with a bookmark that says so, and the watch with one that says where it was.', async () => {
  const events = await watch(
    'allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=',
  )
  const [end, last] = events.filter(({ type }) => type === 'BOOKMARK')
  expect(end?.object).toMatchObject({
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
  })
  expect(last?.object.metadata.resourceVersion).toMatch(/^\d+$/)
  expect(events.at(-1)).toBe(last)
})

test('A watch from a forgotten resourceVersion is told to list anew.', async () => {
  for (let i = 0; i < 3000; i++) await put('busy', { i: String(i) })
  const [event] = await watch('resourceVersion=1')
  expect(event).toMatchObject({
    type: 'ERROR',
    object: {
      kind: 'Status',
      reason: 'Expired',
      code: 410,
      message: /^too old resource version: 1 \(\d+\)$/,
    },
  })
})

test('Only the first table of a watch says what its columns are.', async () => {
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
  const events = await watch('', { accept })
  const columns = events.map(({ object }) => object.columnDefinitions?.length ?? 0)
  expect(columns[0]).toBe(3)
  expect(columns.slice(1).every((count) => count === 0)).toBe(true)
  expect(events[0]?.object.rows[0].object.kind).toBe('PartialObjectMetadata')
})

test('Changes come as they happen.', async () => {
  const opened = request({
    socketPath: api.socket,
    path: `${PATH}?watch=true&fieldSelector=metadata.name%3Dlive`,
  })
  const lines: string[] = []
  opened.on('response', (response) => response.on('data', (line: Buffer) => lines.push(line.toString())))
  const answered = new Promise((resolve) => opened.on('response', resolve))
  opened.end()
  await answered
  await put('live', { k: '1' })
  await expect.poll(() => lines.length).toBe(1)
  await put('other', {})
  await put('live', { k: '2' })
  await expect.poll(() => lines.length).toBe(2)
  expect(lines.map((line) => brief(JSON.parse(line) as Event))).toEqual([
    'ADDED live {"k":"1"}',
    'MODIFIED live {"k":"2"}',
  ])
  opened.destroy()
})
