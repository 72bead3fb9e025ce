import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Pod, Service } from '../../../../src/kube/objects.ts'
import { ENDPOINT_SLICES, ENDPOINTS, PODS, SERVICES } from '../../../../src/kube/resources.ts'
import { controlPlane, eventually, running, type ControlPlane } from '../../../helpers/control-plane.ts'

let plane: ControlPlane
beforeEach(() => {
  plane = controlPlane({ scheduler: false })
})
afterEach(() => plane.stop())

async function addPod(
  name: string,
  ip: string,
  o: { ready?: boolean; node?: string; spec?: object } = {},
): Promise<Pod> {
  const pod = await plane.client.create(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: 'web' } },
    spec: {
      nodeName: o.node ?? 'node1',
      containers: [{ name: 'c', image: 'nginx', ports: [{ name: 'http', containerPort: 8080 }] }],
      ...o.spec,
    },
  })
  return plane.client.update(PODS, running(pod, ip, o.ready ?? true), 'status')
}

function service(spec: Partial<NonNullable<Service['spec']>> = {}): Promise<Service> {
  return plane.client.create(SERVICES, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default', labels: { team: 'blue' } },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }], ...spec },
  })
}

const slices = async () =>
  (await plane.client.list(ENDPOINT_SLICES)).items.filter(
    (slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === 'web',
  )
const endpoints = () => plane.client.get(ENDPOINTS, { namespace: 'default', name: 'web' })

test('a service without pods has one empty slice, labelled and owned as upstream’s', async () => {
  const { metadata } = await service()
  const [slice] = await eventually(slices, (all) => all.length === 1)
  expect(slice).toMatchObject({
    metadata: {
      name: expect.stringMatching(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/),
      generateName: 'web-',
      labels: {
        team: 'blue',
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': 'web',
      },
      annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': expect.any(String) },
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'Service',
          name: 'web',
          uid: metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    addressType: 'IPv4',
  })
  expect(slice?.endpoints ?? []).toEqual([])
})

test('ready, not ready and terminating pods have the conditions that kube-proxy goes by', async () => {
  await service()
  await addPod('a', '10.42.1.2')
  await addPod('b', '10.42.1.3', { ready: false })
  await addPod('c', '10.42.2.2', { node: 'node2' })
  await plane.client.delete(PODS, { namespace: 'default', name: 'c' })
  const [slice] = await eventually(slices, (all) => all[0]?.endpoints?.length === 3)
  expect(slice?.ports).toEqual([{ name: '', port: 8080, protocol: 'TCP' }])
  const facts = slice?.endpoints?.map(({ addresses, conditions, nodeName, targetRef }) => [
    addresses[0],
    conditions,
    nodeName,
    targetRef?.name,
  ])
  expect(facts?.sort()).toEqual([
    ['10.42.1.2', { ready: true, serving: true, terminating: false }, 'node1', 'a'],
    ['10.42.1.3', { ready: false, serving: false, terminating: false }, 'node1', 'b'],
    ['10.42.2.2', { ready: false, serving: true, terminating: true }, 'node2', 'c'],
  ])
  const mirror = await eventually(endpoints, (one) => one?.subsets?.[0]?.notReadyAddresses?.length === 1)
  expect(mirror?.subsets).toMatchObject([
    {
      addresses: [
        { ip: '10.42.1.2', nodeName: 'node1', targetRef: { kind: 'Pod', namespace: 'default', name: 'a' } },
      ],
      notReadyAddresses: [{ ip: '10.42.1.3', nodeName: 'node1', targetRef: { name: 'b' } }],
      ports: [{ port: 8080, protocol: 'TCP' }],
    },
  ])
})

test('publishNotReadyAddresses shows unready pods as ready', async () => {
  await service({ publishNotReadyAddresses: true })
  await addPod('b', '10.42.1.3', { ready: false })
  const [slice] = await eventually(slices, (all) => all[0]?.endpoints?.length === 1)
  expect(slice?.endpoints?.[0]?.conditions).toEqual({ ready: true, serving: false, terminating: false })
  const mirror = await eventually(endpoints, (one) => Boolean(one?.subsets?.length))
  expect(mirror?.subsets?.[0]?.addresses).toHaveLength(1)
})

test('a headless service is marked and gives its pods their hostnames', async () => {
  await service({ clusterIP: 'None' })
  await addPod('a', '10.42.1.2', { spec: { hostname: 'first', subdomain: 'web' } })
  const [slice] = await eventually(slices, (all) => all[0]?.endpoints?.length === 1)
  expect(slice?.metadata.labels).toMatchObject({ 'service.kubernetes.io/headless': '' })
  expect(slice?.endpoints?.[0]?.hostname).toBe('first')
})

test('endpoints of a service without a selector are left alone', async () => {
  await service({ selector: {} })
  const own = { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'web', namespace: 'default' } }
  const subsets = [{ addresses: [{ ip: '192.0.2.9' }], ports: [{ port: 80 }] }]
  await plane.client.create(ENDPOINTS, { ...own, subsets })
  await addPod('a', '10.42.1.2')
  // Another service shows that the controllers have been at work by now.
  await plane.client.create(SERVICES, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'other', namespace: 'default' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
  })
  await eventually(
    () => plane.client.get(ENDPOINTS, { namespace: 'default', name: 'other' }),
    (one) => Boolean(one?.subsets?.length),
  )
  expect((await endpoints())?.subsets).toMatchObject(subsets)
  expect(await slices()).toEqual([])
})

test('250 pods need three slices of at most a hundred, and one that goes changes one slice', async () => {
  await service()
  for (let i = 0; i < 250; i++) await addPod(`p${i}`, `10.42.${Math.floor(i / 200)}.${(i % 200) + 2}`)
  const count = (all: Awaited<ReturnType<typeof slices>>) =>
    all.reduce((n, s) => n + (s.endpoints?.length ?? 0), 0)
  const before = await eventually(slices, (all) => count(all) === 250)
  expect(before.map((slice) => slice.endpoints?.length ?? 0).sort((a, b) => a - b)).toEqual([50, 100, 100])
  await plane.client.delete(PODS, { namespace: 'default', name: 'p7' }, { gracePeriodSeconds: 0 })
  const after = await eventually(slices, (all) => count(all) === 249)
  const versions = new Set(before.map((slice) => slice.metadata.resourceVersion))
  expect(after.filter((slice) => !versions.has(slice.metadata.resourceVersion))).toHaveLength(1)
})

test('deleting a service takes its slices and Endpoints along', async () => {
  await service()
  await addPod('a', '10.42.1.2')
  await eventually(slices, (all) => all.length === 1)
  await plane.client.delete(SERVICES, { namespace: 'default', name: 'web' })
  await eventually(slices, (all) => all.length === 0)
  await eventually(endpoints, (one) => one === undefined)
})

test('the kubernetes service leads to the API server', async () => {
  const key = { namespace: 'default', name: 'kubernetes' }
  const found = await eventually(() => plane.client.get(SERVICES, key), Boolean)
  expect(found?.spec).toMatchObject({
    clusterIP: '10.43.0.1',
    ports: [{ name: 'https', port: 443, targetPort: 6443 }],
  })
  const slice = await eventually(() => plane.client.get(ENDPOINT_SLICES, key), Boolean)
  expect(slice).toMatchObject({
    metadata: { labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['172.19.0.2'], conditions: { ready: true } }],
    ports: [{ name: 'https', protocol: 'TCP', port: 6443 }],
  })
  expect((await plane.client.get(ENDPOINTS, key))?.subsets).toEqual([
    { addresses: [{ ip: '172.19.0.2' }], ports: [{ name: 'https', port: 6443, protocol: 'TCP' }] },
  ])
})
