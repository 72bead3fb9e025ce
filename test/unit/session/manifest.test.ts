import { afterAll, expect, test } from 'vitest'
import { CONFIG_MAPS, SERVICES } from '../../../src/kube/resources.ts'
import { deleteManifest } from '../../../src/session/manifest.ts'
import { controlPlane } from '../../helpers/control-plane.ts'

const plane = controlPlane({ scheduler: false })
const { client } = plane
afterAll(() => plane.stop())
const LIMITS = { timeoutMs: 5000 }

const map = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
})
const document = (kind: string, name: string) => `apiVersion: v1\nkind: ${kind}\nmetadata: {name: ${name}}\n`

test('what a manifest names is gone afterwards, and told of as kubectl tells it; what was not there is passed over', async () => {
  await client.create(CONFIG_MAPS, map('first'))
  await client.create(SERVICES, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'second', namespace: 'default' },
    spec: { ports: [{ port: 80 }] },
  })
  const manifest = ['# a comment alone', document('ConfigMap', 'first'), document('Service', 'second')]
  const said = await deleteManifest(client, [...manifest, document('Secret', 'never')].join('---\n'), LIMITS)
  expect(said).toBe('configmap "first" deleted\nservice "second" deleted')
  expect(await client.get(CONFIG_MAPS, { namespace: 'default', name: 'first' })).toBeUndefined()
  expect(await client.get(SERVICES, { namespace: 'default', name: 'second' })).toBeUndefined()
})

test('a manifest with a kind that only kubectl might know is left alone', async () => {
  await client.create(CONFIG_MAPS, map('kept'))
  const manifest = `${document('ConfigMap', 'kept')}---\napiVersion: example.org/v1\nkind: Thing\nmetadata: {name: x}\n`
  expect(await deleteManifest(client, manifest, LIMITS)).toBeUndefined()
  expect(await client.get(CONFIG_MAPS, { namespace: 'default', name: 'kept' })).toBeDefined()
})

test('an object that a finalizer keeps is waited for until the deadline', async () => {
  const kept = map('finalized')
  await client.create(CONFIG_MAPS, {
    ...kept,
    metadata: { ...kept.metadata, finalizers: ['example.org/keep'] },
  })
  await expect(deleteManifest(client, document('ConfigMap', 'finalized'), { timeoutMs: 50 })).rejects.toThrow(
    'Gave up after 0.1 s waiting for configmap finalized to be gone.',
  )
})
