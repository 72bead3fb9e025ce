import { afterAll, beforeAll, expect, test } from 'vitest'
import { send } from '../api/send.ts'
import { startApi, type RunningApi } from '../api/start-api.ts'
import { CRONTABS, CRONTABS_FILE, cronTab, install } from './fixtures.ts'

let api: RunningApi
beforeAll(async () => {
  api = await startApi()
  await install(api.server.client, CRONTABS_FILE)
  await api.server.client.create(CRONTABS, cronTab('a'))
})
afterAll(() => api.close())

async function get(path: string, accept = 'application/json'): Promise<Record<string, unknown>> {
  const { text } = await send(api.socket, { path, headers: { accept } })
  return JSON.parse(text) as Record<string, unknown>
}

const COLLECTION = '/apis/stable.example.com/v1beta1/namespaces/default/crontabs'

test('a group is served with all its versions, the best one first.', async () => {
  const { versions, preferredVersion } = await get('/apis/stable.example.com')
  expect(versions).toEqual([
    { groupVersion: 'stable.example.com/v1', version: 'v1' },
    { groupVersion: 'stable.example.com/v1beta1', version: 'v1beta1' },
  ])
  expect(preferredVersion).toMatchObject({ version: 'v1' })
  const { resources } = await get('/apis/stable.example.com/v1')
  expect(resources).toMatchObject([
    { name: 'crontabs', singularName: 'crontab', kind: 'CronTab', shortNames: ['ct'], categories: ['jobs'] },
    { name: 'crontabs/scale', group: 'autoscaling', version: 'v1', kind: 'Scale' },
    { name: 'crontabs/status', kind: 'CronTab', verbs: ['get', 'patch', 'update'] },
  ])
  const { items } = await get('/apis', 'application/json;as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io')
  expect(items).toContainEqual(expect.objectContaining({ metadata: { name: 'stable.example.com' } }))
})

test('items of a list say what they are, in the version asked for.', async () => {
  const { kind, items } = await get(COLLECTION)
  expect(kind).toBe('CronTabList')
  expect(items).toMatchObject([{ apiVersion: 'stable.example.com/v1beta1', kind: 'CronTab' }])
})

test('a table has the columns of its version.', async () => {
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
  const plain = await get(COLLECTION, accept)
  expect(plain['columnDefinitions']).toMatchObject([{ name: 'Name' }, { name: 'Age', type: 'date' }])
  const { columnDefinitions, rows } = await get(COLLECTION.replace('v1beta1', 'v1'), accept)
  expect(columnDefinitions).toMatchObject([
    { name: 'Name', format: 'name' },
    { name: 'Spec', type: 'string', description: 'When it runs.' },
    {
      name: 'Replicas',
      description: 'Custom resource definition column (in JSONPath format): .spec.replicas',
    },
    { name: 'Ready' },
    { name: 'Image', priority: 1 },
    { name: 'Age', type: 'date' },
  ])
  expect(rows).toMatchObject([
    { cells: ['a', '* * * * *', 1, null, 'busybox', expect.stringMatching(/^\d+s$/)] },
  ])
})

test('OpenAPI has the schema with what every object has.', async () => {
  const { paths } = await get('/openapi/v3')
  expect(paths).toHaveProperty(['apis/stable.example.com/v1'])
  const { components } = await get('/openapi/v3/apis/stable.example.com/v1')
  const at = ['schemas', 'com.example.stable.v1.CronTab']
  expect(components).toHaveProperty([...at, 'properties', 'spec', 'properties', 'note', 'nullable'], true)
  expect(components).toHaveProperty([...at, 'properties', 'metadata', '$ref'])
  const { definitions } = await get('/openapi/v2')
  const old = ['com.example.stable.v1.CronTab', 'properties', 'spec', 'properties', 'note']
  expect(definitions).toHaveProperty(old, {})
  expect(definitions).toHaveProperty(['com.example.stable.v1beta1.CronTab', 'type'], 'object')
})

test('a strategic patch is not what a custom resource takes.', async () => {
  const headers = { 'content-type': 'application/strategic-merge-patch+json' }
  const path = `${COLLECTION}/a`
  const { status, text } = await send(api.socket, { method: 'PATCH', path, headers, body: '{}' })
  expect(status).toBe(415)
  expect(text).toContain(
    'accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
  )
})

test('fields that are not known are warned of.', async () => {
  const body = JSON.stringify(cronTab('warned', { odd: 1, ports: [{ name: 'x', odd: 2 }] }))
  const path = COLLECTION.replace('v1beta1', 'v1')
  const { status, headers } = await send(api.socket, { method: 'POST', path, body })
  expect(status).toBe(201)
  expect(headers['warning']).toBe(
    '299 - "unknown field \\"spec.odd\\"", 299 - "unknown field \\"spec.ports[0].odd\\""',
  )
})
