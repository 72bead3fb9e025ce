import { afterAll, beforeAll, expect, test } from 'vitest'
import { CONFIG_MAPS, DEPLOYMENTS } from '../../../../src/kube/resources.ts'
import type { Deployment, KubeObject } from '../../../../src/kube/objects.ts'
import { createRegistry } from '../../../../src/kube/registry/registry.ts'
import { golden, type Golden } from './golden.ts'
import { send } from './send.ts'
import { startApi, type RunningApi } from './start-api.ts'

let api: RunningApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

async function answerTo({ method, path, headers, body }: Golden) {
  const answer = await send(api.socket, { method, path, headers, ...(body ? { body } : {}) })
  return {
    ...answer,
    object: answer.headers['content-type']?.includes('json') ? JSON.parse(answer.text) : answer.text,
  }
}

/** An object without what differs from run to run. */
function settled(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replaceAll(/"(uid|resourceVersion|time|creationTimestamp|deletionTimestamp)":"[^"]*"/g, '"$1":"*"')
    .replaceAll(/"remainingItemCount":\d+|"continue":"[^"]*"/g, '"*":0')
  return JSON.parse(text) as unknown
}

test('Objects are made, applied, patched and deleted with the answers of kube-apiserver 1.36.', async () => {
  const steps = [
    'warning-unknown-field',
    'create-configmap',
    'delete-configmap',
    'error-422-apply-conflict-setup',
    'apply-force',
    'patch-json',
    'delete-foreground',
  ]
  for (const name of steps) {
    const expected = golden(name)
    const { object, status, headers } = await answerTo(expected)
    expect.soft(settled(object), name).toEqual(settled(JSON.parse(expected.answer)))
    expect.soft(status, name).toBe(expected.status)
    expect.soft(headers['warning'], name).toBe(expected.answerHeaders['Warning'])
  }
  expect(await api.server.client.get(CONFIG_MAPS, { namespace: 'default', name: 'a' })).toBeUndefined()
})

test('Lists come in pages with the fields of kube-apiserver 1.36, and the last page ends the list.', async () => {
  const expected = golden('list-paged')
  const { object } = await answerTo(expected)
  expect(settled(object)).toEqual(settled(JSON.parse(expected.answer)))
  const next = `/api/v1/namespaces?limit=2&continue=${object.metadata.continue}`
  const last = JSON.parse((await send(api.socket, { path: next })).text)
  expect(last.items.map(({ metadata }: KubeObject) => metadata?.name)).toEqual(['kube-public', 'kube-system'])
  expect(last.metadata).toEqual({ resourceVersion: object.metadata.resourceVersion })
})

test('The scale subresource has the fields of kube-apiserver 1.36.', async () => {
  const deployment = JSON.parse(golden('object-deployment').answer) as Deployment
  const metadata = { name: 'hello-kubernetes', namespace: 'default' }
  const made = await api.server.client.create(DEPLOYMENTS, { ...deployment, metadata })
  await api.server.client.update(DEPLOYMENTS, { ...made, status: { replicas: 3 } }, 'status')
  const expected = golden('scale-get')
  const { object } = await answerTo(expected)
  expect(settled(object)).toEqual(settled(JSON.parse(expected.answer)))
})

test('An access review allows everything, in the form of kube-apiserver 1.36.', async () => {
  const expected = golden('ssr-review')
  const { status, object } = await answerTo(expected)
  expect(status).toBe(201)
  expect(settled(object)).toEqual(settled(JSON.parse(expected.answer)))
})

test.each(['discovery-healthz', 'discovery-readyz'])('%s answers as kube-apiserver 1.36.', async (name) => {
  const expected = golden(name)
  const { text, headers } = await answerTo(expected)
  expect(text).toBe(expected.answer.trim())
  expect(headers['content-type']).toBe(expected.answerHeaders['Content-Type'])
})

interface Entry {
  readonly name?: string
  readonly resource?: string
  readonly subresources?: readonly { readonly subresource: string }[]
}

const OURS = new Map(
  createRegistry().map(({ plural, subresources }) => [plural, new Set<string>(subresources)]),
)
OURS.get('namespaces')?.add('finalize')

/** What of upstream's discovery is about kinds and subresources that we serve. */
function ours(entries: readonly Entry[]): Entry[] {
  return entries.flatMap((entry) => {
    const [plural = '', subresource] = (entry.name ?? entry.resource ?? '').split('/')
    const served = OURS.get(plural)
    if (!served || (subresource && !served.has(subresource))) return []
    const { subresources = [], ...rest } = entry
    const kept = subresources.filter((one) => served.has(one.subresource))
    return [kept.length > 0 ? { ...rest, subresources: kept } : rest]
  })
}

test.each(['discovery-api-v1', 'discovery-apis-apps-v1'])(
  '%s is as upstream has it for our kinds.',
  async (name) => {
    const expected = golden(name)
    const { object } = await answerTo(expected)
    const upstream = JSON.parse(expected.answer)
    expect(object).toEqual({ ...upstream, resources: ours(upstream.resources) })
  },
)

test.each([
  ['discovery-aggregated-api', ['']],
  ['discovery-aggregated-apis', ['apps', 'coordination.k8s.io', 'discovery.k8s.io']],
])('%s is as upstream has it for our kinds.', async (name, groups) => {
  const expected = golden(name)
  const { object, headers } = await answerTo(expected)
  const upstream = JSON.parse(expected.answer)
  const has = (list: { items: { metadata: { name?: string } }[] }) =>
    list.items.filter(({ metadata }) => groups.includes(metadata.name ?? ''))
  const kept = has(upstream).map((group) => {
    const { versions, ...rest } = group as unknown as { versions: { resources: Entry[] }[] }
    return { ...rest, versions: versions.map((one) => ({ ...one, resources: ours(one.resources) })) }
  })
  expect(headers['content-type']).toBe(expected.answerHeaders['Content-Type'])
  expect(has(object)).toEqual(kept)
})

test('The groups of /apis are upstream’s, in upstream’s order.', async () => {
  const expected = golden('discovery-apis')
  const { object } = await answerTo(expected)
  const names = new Set(object.groups.map(({ name }: { name: string }) => name))
  const upstream = JSON.parse(expected.answer)
  expect(object).toEqual({
    ...upstream,
    groups: upstream.groups.filter(({ name }: { name: string }) => names.has(name)),
  })
})
