import { describe, expect, test } from 'vitest'
import type { Deployment, Service, Status } from '../../../../src/kube/objects.ts'
import { contextOf, create, exchange, update } from './golden.ts'

function causes(errors: { reason: string; field: string; message: string }[]) {
  return errors.map(({ reason, message, field }) => ({ reason, message, field }))
}

const plural = (path: string) => path.split('/').at(-1) ?? ''

describe('refusals have the causes that the real API server gives', () => {
  test.each([
    'error-422-name',
    'error-422-pod-no-containers',
    'error-422-service-port',
    'error-422-clusterip-range',
    'error-422-nodeport-range',
    'error-422-deployment-selector',
  ])('%s', (name) => {
    const { path, request, response } = exchange<Status>(name)
    expect(causes(create(plural(path), request).errors)).toEqual(response.details?.causes)
  })

  test('a changed ClusterIP', () => {
    const { request, response } = exchange<Status>('error-422-service-clusterip-immutable')
    const service = exchange<Service>('object-service').response
    const changed = { ...service, spec: { ...service.spec, ...(request as Service).spec } }
    expect(causes(update('services', changed, service).errors)).toEqual(response.details?.causes)
  })

  test('a changed selector of a deployment', () => {
    const { request, response } = exchange<Status>('error-422-deployment-selector-immutable')
    const deployment = exchange<Deployment>('object-deployment').response
    const changed = { ...deployment, spec: { ...deployment.spec, ...(request as Deployment).spec } }
    expect(causes(update('deployments', changed, deployment).errors)).toEqual(response.details?.causes)
  })
})

describe('pods are refused', () => {
  const container = { name: 'c', image: 'i' }
  const messages = (spec: object) =>
    create('pods', { metadata: { name: 'p' }, spec }).errors.map(
      ({ field, message }) => `${field}: ${message}`,
    )

  test.each([
    ['without an image', { containers: [{ name: 'c' }] }, 'spec.containers[0].image: Required value'],
    [
      'with two containers of one name',
      { containers: [container, container] },
      'spec.containers[1].name: Duplicate value: "c"',
    ],
    [
      'with an unknown restart policy',
      { containers: [container], restartPolicy: 'Sometimes' },
      'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure"',
    ],
    [
      'with a mount of no volume',
      { containers: [{ ...container, volumeMounts: [{ name: 'v', mountPath: '/v' }] }] },
      'spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ],
    [
      'with a mount of what is above its volume',
      {
        containers: [{ ...container, volumeMounts: [{ name: 'v', mountPath: '/v', subPath: '../../x' }] }],
        volumes: [{ name: 'v', emptyDir: {} }],
      },
      'spec.containers[0].volumeMounts[0].subPath: Invalid value: "../../x": must not contain \'..\'',
    ],
    [
      'with a file above its volume',
      {
        containers: [container],
        volumes: [{ name: 'v', configMap: { name: 'm', items: [{ key: 'k', path: 'a/../../etc/x' }] } }],
      },
      'spec.volumes[0].configMap.items[0].path: Invalid value: "a/../../etc/x": must not contain \'..\'',
    ],
    [
      'with a token above its volume',
      {
        containers: [container],
        volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: '/etc/x' } }] } }],
      },
      'spec.volumes[0].projected.sources[0].serviceAccountToken.path: Invalid value: "/etc/x": must be a relative path',
    ],
    [
      'with a port that is none',
      { containers: [{ ...container, ports: [{ containerPort: 70000 }] }] },
      'spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
    [
      'with an unknown protocol',
      { containers: [{ ...container, ports: [{ containerPort: 1, protocol: 'tcp' }] }] },
      'spec.containers[0].ports[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP"',
    ],
    [
      'with a probe that does nothing',
      { containers: [{ ...container, livenessProbe: {} }] },
      'spec.containers[0].livenessProbe: Required value: must specify a handler type',
    ],
    [
      'asking for more than their limit',
      { containers: [{ ...container, resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }] },
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
    [
      'with a volume of two kinds',
      { containers: [container], volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/' } }] },
      'spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type',
    ],
  ])('%s', (_, spec, message) => {
    expect(messages(spec)).toEqual([message])
  })

  const current = create('pods', { metadata: { name: 'p' }, spec: { containers: [container] } }).prepared

  test('when an update changes more than an image', () => {
    const changed = structuredClone(current)
    changed.spec.containers[0].image = 'i:2'
    const accepted = update('pods', changed, current)
    expect(accepted.errors).toEqual([])
    expect(accepted.prepared.metadata.generation).toBe(2)
    changed.spec.containers[0].command = ['sh']
    expect(update('pods', changed, current).errors).toMatchObject([
      { field: 'spec', reason: 'FieldValueForbidden' },
    ])
  })

  test('when an update moves them; a binding may', () => {
    const moved = { ...current, spec: { ...current.spec, nodeName: 'node1' } }
    expect(update('pods', moved, current).errors).toHaveLength(1)
    const bound = update('pods', moved, current, contextOf(), 'binding')
    expect(bound.errors).toEqual([])
    expect(bound.prepared.metadata.generation).toBe(1)
  })
})

describe('other refusals', () => {
  test('labels and annotations of every kind', () => {
    const { errors } = create('configmaps', {
      metadata: { name: 'm', labels: { 'a b': 'c', d: 'e f' }, annotations: { '/x': '' } },
    })
    expect(errors.map(({ field }) => field)).toEqual([
      'metadata.labels',
      'metadata.labels',
      'metadata.annotations',
    ])
  })

  test('a deployment without a selector', () => {
    const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    const { errors } = create('deployments', { metadata: { name: 'd' }, spec: { template } })
    expect(errors).toMatchObject([
      { field: 'spec.selector', message: 'Required value' },
      { field: 'spec.template.metadata.labels' },
    ])
  })

  test('a rollout that may neither add nor remove a pod', () => {
    const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    const strategy = { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } }
    const { errors } = create('deployments', {
      metadata: { name: 'd' },
      spec: { selector: { matchLabels: { app: 'a' } }, template, strategy },
    })
    expect(errors).toMatchObject([
      {
        message: 'Invalid value: 0: may not be 0 when `maxSurge` is 0',
        field: 'spec.strategy.rollingUpdate.maxUnavailable',
      },
    ])
  })

  test('an immutable config map', () => {
    const map = { metadata: { name: 'm', namespace: 'default' }, immutable: true, data: { a: '1' } }
    expect(update('configmaps', { ...map, data: { a: '2' } }, map).errors).toMatchObject([
      { field: 'data', message: 'Forbidden: field is immutable when `immutable` is set' },
    ])
  })

  test('an endpoint in the loopback range', () => {
    const subsets = [{ addresses: [{ ip: '127.0.0.1' }], ports: [{ port: 80 }] }]
    expect(create('endpoints', { metadata: { name: 'e' }, subsets }).errors).toMatchObject([
      { field: 'subsets[0].addresses[0].ip' },
    ])
  })
})

test('a secret of a type of one’s own needs no keys, whatever its name', () => {
  const secret = { metadata: { name: 's' }, type: 'constructor', data: {} }
  expect(create('secrets', secret).errors).toEqual([])
})
