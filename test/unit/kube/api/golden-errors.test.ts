import { afterAll, beforeAll, expect, test } from 'vitest'
import { CONFIG_MAPS, DEPLOYMENTS, SERVICES } from '../../../../src/kube/resources.ts'
import type { Deployment, Service } from '../../../../src/kube/objects.ts'
import { golden } from './golden.ts'
import { send } from './send.ts'
import { startApi, type RunningApi } from './start-api.ts'

let api: RunningApi
beforeAll(async () => {
  api = await startApi()
  const { client } = api.server
  const metadata = (name: string) => ({ name, namespace: 'default' })
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap' }
  await client.create(CONFIG_MAPS, { ...configMap, metadata: metadata('a'), data: { k: 'v' } })
  await client.patch(
    CONFIG_MAPS,
    metadata('ssa'),
    { ...configMap, metadata: { name: 'ssa' }, data: { k: '1' } },
    { type: 'apply', fieldManager: 'one' },
  )
  const deployment = JSON.parse(golden('object-deployment').answer) as Deployment
  await client.create(DEPLOYMENTS, { ...deployment, metadata: metadata('hello-kubernetes') })
  const service = JSON.parse(golden('object-service').answer) as Service
  await client.create(SERVICES, { ...service, metadata: metadata('hello-kubernetes') })
})
afterAll(() => api.close())

const ERRORS = [
  'error-400-bad-fieldselector',
  'error-400-bad-json',
  'error-400-bad-selector',
  'error-400-kind-mismatch',
  'error-400-namespace-mismatch',
  'error-400-unknown-field-strict',
  'error-404-namespace-create',
  'error-404-path',
  'error-404-pod',
  'error-405',
  'error-406',
  'error-409-apply-conflict',
  'error-409-conflict',
  'error-409-exists',
  'error-415',
  'error-422-clusterip-range',
  'error-422-delete-precondition',
  'error-422-deployment-selector',
  'error-422-deployment-selector-immutable',
  'error-422-json-patch',
  'error-422-name',
  'error-422-nodeport-range',
  'error-422-pod-no-containers',
  'error-422-service-clusterip-immutable',
  'error-422-service-port',
  'error-504-too-large-rv',
]

/** What differs from run to run: UIDs, and how far the counter is. */
const settled = (text: string) =>
  text
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UID')
    .replaceAll(/current: \d+/g, 'current: N')

const parsed = (text: string) => {
  try {
    return JSON.parse(settled(text)) as unknown
  } catch {
    return text.trim()
  }
}

test.each(ERRORS)('%s is refused as kube-apiserver 1.36 refuses it.', async (name) => {
  const expected = golden(name)
  const { method, path, headers, body } = expected
  const answer = await send(api.socket, { method, path, headers, ...(body ? { body } : {}) })
  expect(parsed(answer.text)).toEqual(parsed(expected.answer))
  expect(answer.status).toBe(expected.status)
  for (const [header, value] of Object.entries(expected.answerHeaders)) {
    expect(answer.headers[header.toLowerCase()]).toBe(value)
  }
})
