import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Deployment, EndpointSlice, Pod, PodSpec, Service } from '../../../../src/kube/objects.ts'
import { contextOf, create, exchange, GOLDEN, update } from './golden.ts'

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

function applied(object: { metadata: { annotations?: Record<string, string> } }): unknown {
  return JSON.parse(object.metadata.annotations?.[LAST_APPLIED] ?? '')
}

describe('a new object gets the defaults of the real API server', () => {
  test('a deployment, after a patch that adds a variable to its template', () => {
    const { response } = exchange<Deployment>('object-deployment')
    const { prepared, errors } = create('deployments', applied(response))
    expect(errors).toEqual([])
    expect(prepared.metadata.generation).toBe(1)
    expect(prepared.status).toEqual({})
    const patched = structuredClone(prepared)
    patched.spec.template.spec.containers[0].env = [{ name: 'A', value: '1' }]
    const updated = update('deployments', patched, prepared)
    expect(updated.errors).toEqual([])
    expect(updated.prepared.spec).toEqual(response.spec)
    expect(updated.prepared.metadata.generation).toBe(2)
  })

  test('a service, but for the address it draws', () => {
    const { response } = exchange<Service>('object-service')
    const { prepared, errors } = create('services', applied(response))
    expect(errors).toEqual([])
    const { clusterIP } = prepared.spec
    expect(prepared.spec).toEqual({ ...response.spec, clusterIP, clusterIPs: [clusterIP] })
    expect(prepared.status).toEqual(response.status)
  })

  test('a pod of a replica set, without a service account to mount', () => {
    const { response } = exchange<{ items: Pod[] }>('object-pod')
    const pod = response.items[0] as Pod
    const container = {
      name: 'hello-kubernetes',
      image: 'paulbouwer/hello-kubernetes:1.8',
      ports: [{ containerPort: 8080 }],
      env: [{ name: 'A', value: '1' }],
    }
    const { prepared, errors } = create('pods', {
      metadata: { name: pod.metadata.name },
      spec: { containers: [container], automountServiceAccountToken: false },
    })
    expect(errors).toEqual([])
    const { serviceAccount, serviceAccountName, automountServiceAccountToken: _, ...spec } = prepared.spec
    expect(spec).toEqual(pod.spec)
    expect([serviceAccount, serviceAccountName]).toEqual(['default', 'default'])
    expect(prepared.status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' })
    expect(prepared.metadata.generation).toBe(pod.metadata.generation)
  })

  test('a pod of k3s, with the token of its service account mounted', () => {
    const { items } = JSON.parse(readFileSync(join(GOLDEN, 'get-pods.json'), 'utf8')) as { items: Pod[] }
    const real = items[0]?.spec as PodSpec
    const container = {
      name: 'hello-kubernetes',
      image: 'paulbouwer/hello-kubernetes:1.5',
      ports: [{ containerPort: 8080 }],
    }
    const { prepared } = create('pods', {
      metadata: { name: 'p' },
      spec: { containers: [container], nodeName: 'node1' },
    })
    const name = prepared.spec.volumes[0].name
    expect(name).toMatch(/^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
    const ours = JSON.stringify(prepared.spec).replaceAll(name, real.volumes?.[0]?.name ?? '')
    expect(JSON.parse(ours)).toEqual(real)
  })

  test('the ports of an endpoint slice', () => {
    const { response } = exchange<{ items: EndpointSlice[] }>('object-endpointslices')
    const slice = response.items[1] as EndpointSlice
    const bare = { ...slice, ports: slice.ports?.map(({ port }) => ({ port })) }
    const { prepared, errors } = create('endpointslices', bare)
    expect(errors).toEqual([])
    expect(prepared.metadata.generation).toBe(1)
    expect(prepared.ports).toEqual(slice.ports?.map((port) => ({ ...port, name: '' })))
  })
})

describe('pods', () => {
  const pod = (spec: object) => ({
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  })

  test('an image that may move is pulled always', () => {
    const policy = (image: string) =>
      create('pods', pod({ containers: [{ name: 'c', image }] })).prepared.spec.containers[0].imagePullPolicy
    expect(policy('nginx')).toBe('Always')
    expect(policy('localhost:5000/nginx')).toBe('Always')
    expect(policy('nginx:latest')).toBe('Always')
    expect(policy('localhost:5000/nginx:1.2')).toBe('IfNotPresent')
    expect(policy('nginx@sha256:0123')).toBe('IfNotPresent')
  })

  test('limits become requests, in canonical notation, and decide the quality of service', () => {
    const resources = { limits: { cpu: '0.5', memory: '1024Ki' } }
    const { prepared } = create('pods', pod({ containers: [{ name: 'c', image: 'i', resources }] }))
    const same = { cpu: '500m', memory: '1Mi' }
    expect(prepared.spec.containers[0].resources).toEqual({ limits: same, requests: same })
    expect(prepared.status.qosClass).toBe('Guaranteed')
  })

  test('tolerations that are given are kept, and the missing one is added', () => {
    const own = { key: 'node.kubernetes.io/not-ready', operator: 'Exists' }
    const { tolerations } = create('pods', pod({ tolerations: [own] })).prepared.spec
    expect(tolerations).toEqual([
      own,
      {
        key: 'node.kubernetes.io/unreachable',
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      },
    ])
    expect(
      create('pods', pod({ tolerations: [{ operator: 'Exists' }] })).prepared.spec.tolerations,
    ).toHaveLength(1)
  })

  test('a service account that says so gets no token mounted', () => {
    const account = { metadata: { name: 'quiet', namespace: 'default' }, automountServiceAccountToken: false }
    const { spec } = create(
      'pods',
      pod({ serviceAccountName: 'quiet' }),
      contextOf({ serviceaccounts: [account] }),
    ).prepared
    expect(spec.volumes).toBeUndefined()
    expect(spec.serviceAccount).toBe('quiet')
  })

  test('probes and volumes are filled in', () => {
    const container = { name: 'c', image: 'i', readinessProbe: { httpGet: { port: 80 } } }
    const volumes = [
      { name: 'a' },
      { name: 'b', configMap: { name: 'm' } },
      { name: 'c', hostPath: { path: '/' } },
    ]
    const { spec } = create('pods', pod({ containers: [container], volumes })).prepared
    expect(spec.containers[0].readinessProbe).toEqual({
      httpGet: { port: 80, path: '/', scheme: 'HTTP' },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    })
    expect(spec.volumes.slice(0, 3)).toEqual([
      { name: 'a', emptyDir: {} },
      { name: 'b', configMap: { name: 'm', defaultMode: 420 } },
      { name: 'c', hostPath: { path: '/', type: '' } },
    ])
  })
})

describe('other kinds', () => {
  test('a secret takes its stringData into data', () => {
    const { prepared } = create('secrets', {
      metadata: { name: 's' },
      stringData: { a: 'b' },
      data: { a: 'eA==', c: 'ZA==' },
    })
    expect(prepared).toMatchObject({ type: 'Opaque', data: { a: 'Yg==', c: 'ZA==' } })
    expect(prepared.stringData).toBeUndefined()
  })

  test('a namespace is active, labelled with its name and kept by its finalizer', () => {
    const { prepared } = create('namespaces', { metadata: { name: 'blue' } })
    expect(prepared).toEqual({
      metadata: { name: 'blue', labels: { 'kubernetes.io/metadata.name': 'blue' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    })
  })

  test('a daemon set counts the changes of its template', () => {
    const template = {
      metadata: { labels: { app: 'd' } },
      spec: { containers: [{ name: 'c', image: 'i:1' }] },
    }
    const set = { metadata: { name: 'd' }, spec: { selector: { matchLabels: { app: 'd' } }, template } }
    const { prepared, errors } = create('daemonsets', set)
    expect(errors).toEqual([])
    expect(prepared.spec.updateStrategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 1, maxSurge: 0 },
    })
    const count = (object: { metadata: { annotations: Record<string, string> } }) =>
      object.metadata.annotations['deprecated.daemonset.template.generation']
    expect(count(prepared)).toBe('1')
    const changed = structuredClone(prepared)
    changed.spec.template.spec.containers[0].image = 'i:2'
    expect(count(update('daemonsets', changed, prepared).prepared)).toBe('2')
    expect(count(update('daemonsets', prepared, prepared).prepared)).toBe('1')
  })

  test('a status update changes status alone, any other update all but status', () => {
    const { prepared } = create('nodes', { metadata: { name: 'n' }, spec: { podCIDR: '10.42.0.0/24' } })
    const both = { ...prepared, spec: { unschedulable: true }, status: { phase: 'Running' } }
    expect(update('nodes', both, prepared, contextOf(), 'status').prepared).toMatchObject({
      spec: prepared.spec,
      status: both.status,
    })
    expect(update('nodes', both, prepared).prepared).toMatchObject({
      spec: both.spec,
      status: prepared.status,
    })
  })
})
