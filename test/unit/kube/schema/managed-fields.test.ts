import { expect, test } from 'vitest'
import type { Deployment, KubeObject, Pod } from '../../../../src/kube/objects.ts'
import { trackUpdate } from '../../../../src/kube/schema/managed-fields.ts'
import { exchange, typeOfObject, without } from './golden.ts'

const NOW = new Date('2026-11-21T10:25:29.123Z')
const LATER = new Date('2026-11-21T10:25:40Z')

function track(before: KubeObject | undefined, after: KubeObject, manager: string, more = {}): KubeObject {
  return trackUpdate(typeOfObject(after), before, after, { manager, now: NOW, ...more })
}

const entries = (object: KubeObject) => JSON.stringify(object.metadata?.managedFields, undefined, 1)
const UNSENT = ['metadata.uid', 'metadata.resourceVersion', 'metadata.managedFields']

/** The first item of a list, as an object of its own. */
function firstOf(name: string, pick: (item: KubeObject) => boolean = () => true): KubeObject {
  const list = exchange(name).response as KubeObject & { items: KubeObject[] }
  const kind = list.kind?.replace(/List$/, '')
  const item = list.items.find(pick) ?? {}
  return { kind, apiVersion: list.apiVersion, ...item }
}

test("a service's creator owns what it sent and the defaults, not what the server allocated", () => {
  const service = exchange('object-service').response as KubeObject
  const sent = without(
    service,
    ...UNSENT,
    'spec.clusterIP',
    'spec.clusterIPs',
    'spec.ipFamilies',
    'spec.ipFamilyPolicy',
  )
  expect(entries(track(undefined, sent, 'kubectl-client-side-apply'))).toBe(entries(service))
})

test("a pod's creator owns its template's fields, and a status update is an entry of its own", () => {
  const pod = firstOf('object-pod') as Pod
  const sent = without(
    pod,
    ...UNSENT,
    'spec.tolerations',
    'spec.priority',
    'spec.preemptionPolicy',
    'status.conditions',
    'status.phase',
    'status.qosClass',
  )
  const created = track(undefined, sent, 'kube-controller-manager', { now: LATER }) as Pod
  const { conditions } = pod.status ?? {}
  const scheduled = { ...created, status: { ...created.status, conditions } } as Pod
  const updated = track(created, scheduled, 'kube-scheduler', { now: LATER, subresource: 'status' })
  expect(entries(updated)).toBe(entries(pod))
})

test('a deployment lives through create, two status updates and a patch with the entries upstream gives it', () => {
  const final = exchange('object-deployment').response as Deployment
  const { status } = final
  const revision = (n: string) => ({
    ...final.metadata.annotations,
    'deployment.kubernetes.io/revision': n,
  })
  const sent = without<Deployment>(
    final,
    ...UNSENT,
    'status',
    'metadata.annotations.deployment.kubernetes.io/revision',
    'spec.template.spec.containers.0.env',
  )
  const { 'deployment.kubernetes.io/revision': _, ...annotations } = revision('')
  const created = track(
    undefined,
    { ...sent, metadata: { ...sent.metadata, annotations } },
    'kubectl-client-side-apply',
  )
  const observed = track(
    created,
    {
      ...created,
      metadata: { ...created.metadata, annotations: revision('1') },
      status: { ...status, observedGeneration: 1 },
    } as Deployment,
    'kube-controller-manager',
    { subresource: 'status' },
  )
  const patched = track(observed, { ...observed, spec: final.spec } as Deployment, '', { now: LATER })
  const again = track(
    patched,
    { ...patched, metadata: { ...patched.metadata, annotations: revision('2') }, status } as Deployment,
    'kube-controller-manager',
    { now: LATER, subresource: 'status' },
  )
  expect(entries(again)).toBe(entries(final))
})

test('an endpoint slice without endpoints has no owner of its null lists', () => {
  const slice = firstOf('object-endpointslices')
  expect(entries(track(undefined, without(slice, ...UNSENT), 'kube-controller-manager'))).toBe(entries(slice))
})

test('an event has the entries upstream gives it', () => {
  const event = firstOf('object-events', ({ metadata }) => metadata?.managedFields?.[0]?.apiVersion === 'v1')
  const created = track(undefined, without(event, ...UNSENT), 'kube-controller-manager', { now: LATER })
  expect(entries(created)).toBe(entries(event))
})

test('an update that changes nothing gives the very object back', () => {
  const map = track(undefined, configMap({ k: 'v' }), 'one')
  expect(track(map, map, 'two')).toBe(map)
  const same = { ...map, data: { k: 'v' } }
  expect(track(map, same, 'two')).toBe(same)
})

test('a changed field changes hands and a removed one is nobody’s', () => {
  const created = track(undefined, configMap({ a: '1', b: '2', c: '3' }), 'one')
  const updated = track(created, { ...created, data: { a: '1', b: '3' } } as KubeObject, 'two', {
    now: LATER,
  })
  expect(updated.metadata?.managedFields).toEqual([
    entry('one', NOW, { 'f:data': { '.': {}, 'f:a': {} } }),
    entry('two', LATER, { 'f:data': { 'f:b': {} } }),
  ])
})

test('a key may be named like something every object has', () => {
  const created = track(undefined, configMap({ constructor: '1' }), 'one')
  const updated = track(created, { ...created, data: { toString: '2' } } as unknown as KubeObject, 'two')
  const fields = updated.metadata?.managedFields?.map(({ manager, fieldsV1 }) => [manager, fieldsV1])
  expect(fields).toEqual([
    ['one', { 'f:data': {} }],
    ['two', { 'f:data': { 'f:toString': {} } }],
  ])
})

test('the eleventh updater makes the two oldest one entry of ancient changes', () => {
  let map: KubeObject = track(undefined, configMap({ '0': '' }), 'm0')
  for (let i = 1; i <= 10; i++) {
    const data = { ...(map as { data?: object }).data, [String(i)]: '' }
    map = track(map, { ...map, data } as KubeObject, `m${i}`, { now: new Date(NOW.getTime() + i * 1000) })
  }
  const managers = map.metadata?.managedFields?.map(({ manager }) => manager)
  expect(managers).toEqual(['ancient-changes', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9', 'm10'])
  expect(map.metadata?.managedFields?.[0]?.fieldsV1).toEqual({ 'f:data': { '.': {}, 'f:0': {}, 'f:1': {} } })
})

test('an object whose entries were cleared is not tracked until it is applied', () => {
  const map = track(undefined, configMap({ k: 'v' }), 'one')
  const metadata = { ...map.metadata, managedFields: [] }
  const cleared = track(map, { ...map, metadata }, 'one')
  expect(cleared.metadata).not.toHaveProperty('managedFields')
  const updated = track(cleared, { ...cleared, data: { k: 'w' } } as KubeObject, 'two')
  expect(updated.metadata).not.toHaveProperty('managedFields')
})

test('sets share what did not change', () => {
  const created = track(undefined, firstOf('object-pod'), 'one')
  const status = { ...(created as Pod).status, phase: 'Running' }
  const updated = track(created, { ...created, status } as Pod, 'two', { subresource: 'status' })
  const fields = (object: KubeObject) => object.metadata?.managedFields?.[0]?.fieldsV1 as { 'f:spec': object }
  expect(fields(updated)['f:spec']).toBe(fields(created)['f:spec'])
})

function configMap(data: Record<string, string>): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data } as KubeObject
}

function entry(manager: string, time: Date, fieldsV1: object) {
  const at = time.toISOString().replace(/\.\d+/, '')
  return { manager, operation: 'Update', apiVersion: 'v1', time: at, fieldsType: 'FieldsV1', fieldsV1 }
}
