import { describe, expect, test } from 'vitest'
import type { Service } from '../../../../src/kube/objects.ts'
import { contextOf, create, definitionOf, update } from './golden.ts'

function service(name: string, spec: object): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { ports: [{ port: 80 }], ...spec },
  }
}

const withServices = (...services: Service[]) => contextOf({ services })

describe('ClusterIPs', () => {
  test('are drawn from beyond those that people choose for themselves', () => {
    expect(create('services', service('s', {})).prepared.spec.clusterIP).toBe('10.43.1.1')
  })

  test('are never given twice', () => {
    const first = create('services', service('a', {})).prepared
    const second = create('services', service('b', {}), withServices(first)).prepared
    expect(second.spec.clusterIP).toBe('10.43.1.2')
    const same = create('services', service('c', { clusterIP: '10.43.1.1' }), withServices(first))
    expect(same.errors).toMatchObject([
      {
        field: 'spec.clusterIPs',
        message:
          'Invalid value: ["10.43.1.1"]: failed to allocate IP 10.43.1.1: provided IP is already allocated',
      },
    ])
  })

  test('may be chosen, at either end of the range but not beyond', () => {
    const errors = (clusterIP: string) => create('services', service('s', { clusterIP })).errors.length
    expect(errors('10.43.0.1')).toBe(0)
    expect(errors('10.43.255.254')).toBe(0)
    expect(errors('10.43.0.0')).toBe(1)
    expect(errors('10.43.255.255')).toBe(1)
  })

  test('stay when a manifest without one replaces the service', () => {
    const current = create('services', service('s', {})).prepared
    const replaced = update('services', service('s', { ports: [{ port: 81 }] }), current)
    expect(replaced.errors).toEqual([])
    expect(replaced.prepared.spec).toMatchObject({ clusterIP: '10.43.1.1', clusterIPs: ['10.43.1.1'] })
  })

  test('a headless service has none, and without a selector may have endpoints of both families', () => {
    const { spec } = create('services', service('s', { clusterIP: 'None', ports: [] })).prepared
    expect(spec).toMatchObject({
      clusterIP: 'None',
      clusterIPs: ['None'],
      ipFamilies: ['IPv4', 'IPv6'],
      ipFamilyPolicy: 'RequireDualStack',
    })
  })

  test('an ExternalName has none, and gives up its own when it becomes one', () => {
    const spec = { type: 'ExternalName', externalName: 'example.com' }
    const created = create('services', service('s', spec))
    expect(created.errors).toEqual([])
    expect(created.prepared.spec.clusterIP).toBeUndefined()
    const current = create('services', service('s', {})).prepared
    const changed = update('services', { ...current, spec: { ...current.spec, ...spec } }, current)
    expect(changed.errors).toEqual([])
    expect(changed.prepared.spec.clusterIPs).toBeUndefined()
  })
})

describe('node ports', () => {
  test('are drawn for each port, the same for UDP and TCP of one port', () => {
    const ports = [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53 },
      { name: 'web', port: 80 },
    ]
    const { spec } = create('services', service('s', { type: 'NodePort', ports })).prepared
    expect(spec.ports.map(({ nodePort }: { nodePort: number }) => nodePort)).toEqual([30086, 30086, 30087])
    expect(spec.externalTrafficPolicy).toBe('Cluster')
  })

  test('of another service are refused', () => {
    const ports = [{ port: 80, nodePort: 30080 }]
    const first = create('services', service('a', { type: 'NodePort', ports })).prepared
    const second = create('services', service('b', { type: 'NodePort', ports }), withServices(first))
    expect(second.errors).toMatchObject([
      {
        field: 'spec.ports[0].nodePort',
        message: 'Invalid value: 30080: provided port is already allocated',
      },
    ])
  })

  test('stay on an update that does not name them, and go with the type', () => {
    const current = create('services', service('s', { type: 'NodePort' })).prepared
    const again = update('services', service('s', { type: 'NodePort' }), current, withServices(current))
    expect(again.prepared.spec.ports[0].nodePort).toBe(30086)
    const inside = update('services', { ...current, spec: { ...current.spec, type: 'ClusterIP' } }, current)
    expect(inside.errors).toEqual([])
    expect(inside.prepared.spec.ports[0].nodePort).toBeUndefined()
    expect(inside.prepared.spec.externalTrafficPolicy).toBeUndefined()
  })

  test('a load balancer that keeps client addresses has one for its health', () => {
    const { spec } = create(
      'services',
      service('s', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' }),
    ).prepared
    expect(spec).toMatchObject({ healthCheckNodePort: 30087, allocateLoadBalancerNodePorts: true })
  })
})

describe('the columns of kubectl get services', () => {
  const cells = (object: Service) =>
    definitionOf('services').columns.map((column) => column.cell(object, new Date(0)))

  test('a NodePort shows both ports', () => {
    const ports = [{ port: 80, nodePort: 30080 }]
    const { prepared } = create(
      'services',
      service('s', { type: 'NodePort', ports, selector: { b: '2', a: '1' } }),
    )
    prepared.metadata.creationTimestamp = new Date(0).toISOString()
    expect(cells(prepared)).toEqual(['s', 'NodePort', '10.43.1.1', '<none>', '80:30080/TCP', '0s', 'a=1,b=2'])
  })

  test('a load balancer is pending until it has an address', () => {
    const { prepared } = create('services', service('s', { type: 'LoadBalancer' }))
    expect(cells(prepared)[3]).toBe('<pending>')
    expect(cells({ ...prepared, status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } })[3]).toBe(
      '192.0.2.1',
    )
  })

  test('an ExternalName shows the name', () => {
    const { prepared } = create(
      'services',
      service('s', { type: 'ExternalName', externalName: 'example.com', ports: [] }),
    )
    expect(cells(prepared).slice(1, 5)).toEqual(['ExternalName', '<none>', 'example.com', '<none>'])
  })
})
