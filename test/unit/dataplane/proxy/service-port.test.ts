import { describe, expect, test } from 'vitest'
import { staleFlows } from '../../../../src/dataplane/proxy/conntrack.ts'
import { serviceChainName, endpointChainName } from '../../../../src/dataplane/proxy/names.ts'
import { planRules, portPlanner } from '../../../../src/dataplane/proxy/plan.ts'
import { routingOn } from '../../../../src/dataplane/proxy/routing.ts'
import { type ServicePort, servicePortsOf } from '../../../../src/dataplane/proxy/service-port.ts'
import type { EndpointSlice, Service } from '../../../../src/kube/objects.ts'

type Spec = NonNullable<Service['spec']>
type SliceEndpoint = NonNullable<EndpointSlice['endpoints']>[number]

function service(spec: Partial<Spec>, labels?: Record<string, string>): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default', ...(labels && { labels }) },
    spec: { clusterIP: '10.43.7.1', ports: [{ port: 80 }], ...spec },
  }
}

function slice(endpoints: SliceEndpoint[], more: Partial<EndpointSlice> = {}): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', namespace: 'default' },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints,
    ...more,
  }
}

const ready = (ip: string, more: Partial<SliceEndpoint> = {}): SliceEndpoint => ({ addresses: [ip], ...more })
const portOf = (spec: Partial<Spec>, ...slices: EndpointSlice[]): ServicePort =>
  servicePortsOf(service(spec), slices)[0]!
const targets = (port: ServicePort) => port.endpoints.map(({ target }) => target)

describe('a service has no ports for the proxy', () => {
  test.each([
    ['headless', service({ clusterIP: 'None' })],
    ['not given an address yet', service({ clusterIP: '' })],
    ['an external name', service({ type: 'ExternalName', clusterIP: '10.43.7.1' })],
    ['taken care of by another proxy', service({}, { 'service.kubernetes.io/service-proxy-name': 'other' })],
    ['only on IPv6', service({ clusterIP: 'fd00::1' })],
  ])('when it is %s', (_what, one) => {
    expect(servicePortsOf(one, [])).toEqual([])
  })
})

test('source ranges that name everybody are none', () => {
  const ranges = (...loadBalancerSourceRanges: string[]) => portOf({ loadBalancerSourceRanges }).sourceRanges
  expect(ranges('10.0.0.0/8', ' 192.0.2.0/24 ')).toEqual(['10.0.0.0/8', '192.0.2.0/24'])
  expect(ranges('10.0.0.0/8', '0.0.0.0/0')).toEqual([])
})

test('load balancer IPs are those whose traffic keeps its destination', () => {
  const one = service({ type: 'LoadBalancer' })
  one.status = {
    loadBalancer: {
      ingress: [{ ip: '203.0.113.1' }, { ip: '203.0.113.2', ipMode: 'Proxy' }, { hostname: 'x' }],
    },
  }
  expect(servicePortsOf(one, [])[0]?.loadBalancerIPs).toEqual(['203.0.113.1'])
})

test('a health check node port counts only where the policy needs one', () => {
  const spec = { type: 'LoadBalancer', healthCheckNodePort: 32_000 }
  expect(portOf({ ...spec, externalTrafficPolicy: 'Local' }).healthCheckNodePort).toBe(32_000)
  expect(portOf({ ...spec, externalTrafficPolicy: 'Cluster' }).healthCheckNodePort).toBeUndefined()
})

test('a health check node port is let in', () => {
  const port = portOf({ type: 'LoadBalancer', healthCheckNodePort: 32_000, externalTrafficPolicy: 'Local' })
  const node = { name: 'node0', address: '172.19.0.2', nfacct: false }
  const chain = planRules([port], node, portPlanner('10.42.0.0/16')).get('filter')?.get('KUBE-NODEPORTS')
  expect(chain?.rules).toMatchObject([{ protocol: { value: 'tcp' }, target: { name: 'ACCEPT' } }])
})

describe('endpoints', () => {
  test('are sorted by text and each there once, ready if it is ready in any slice', () => {
    const notReady = { conditions: { ready: false, serving: false } }
    const first = slice([ready('10.42.0.9'), ready('10.42.0.10', notReady)])
    const second = slice([ready('10.42.0.10'), ready('10.42.0.9', notReady)])
    const port = portOf({}, first, second)
    expect(targets(port)).toEqual(['10.42.0.10:8080', '10.42.0.9:8080'])
    expect(port.endpoints.map((endpoint) => endpoint.ready)).toEqual([true, true])
  })
  test('are those of the port with the same name and protocol', () => {
    const ports = [
      { name: 'http', port: 8080, protocol: 'TCP' },
      { name: 'http', port: 8081, protocol: 'UDP' },
      { name: 'https', port: 8443, protocol: 'TCP' },
    ]
    const port = portOf({ ports: [{ name: 'http', port: 80 }] }, slice([ready('10.42.0.2')], { ports }))
    expect(targets(port)).toEqual(['10.42.0.2:8080'])
  })
  test('of other address types and without a port are left out', () => {
    const six = slice([ready('fd00::2')], { addressType: 'IPv6' })
    const bare = slice([ready('10.42.0.2')], { ports: [{ name: '' }] })
    expect(targets(portOf({}, six, bare))).toEqual([])
  })
})

describe('hints', () => {
  const node = { name: 'node0', address: '172.19.0.2', zone: 'a', nfacct: false }
  const routed = (endpoints: SliceEndpoint[]) =>
    routingOn(node, portOf({}, slice(endpoints))).cluster.map(({ ip }) => ip)

  test('to nodes are followed before hints to zones', () => {
    const hints = (name: string, zone: string) => ({
      hints: { forNodes: [{ name }], forZones: [{ name: zone }] },
    })
    expect(
      routed([ready('10.42.0.2', hints('node0', 'a')), ready('10.42.1.2', hints('node1', 'a'))]),
    ).toEqual(['10.42.0.2'])
    expect(
      routed([ready('10.42.1.2', hints('node1', 'a')), ready('10.42.2.2', hints('node2', 'b'))]),
    ).toEqual(['10.42.1.2'])
  })
  test('are not followed when an endpoint has none or none is for us', () => {
    const zone = (name: string) => ({ hints: { forZones: [{ name }] } })
    expect(routed([ready('10.42.0.2', zone('a')), ready('10.42.1.2')])).toHaveLength(2)
    expect(routed([ready('10.42.0.2', zone('b')), ready('10.42.1.2', zone('c'))])).toHaveLength(2)
  })
})

test("chains are named by a hash of the port's name, protocol and endpoint, as upstream's are", () => {
  const port = { ...portOf({}), name: 'default/hello-kubernetes' }
  expect(serviceChainName('SVC', port)).toBe('KUBE-SVC-XM7DIBVJQPJ3TSDT')
  expect(endpointChainName(port, '10.42.1.2:8080')).toBe('KUBE-SEP-2FKGNA2O25ZU66HE')
})

test('an endpoint’s chain is planned anew when session affinity is switched', () => {
  const planPort = portPlanner('10.42.0.0/16')
  const node = { name: 'node0', address: '172.19.0.2', nfacct: false }
  const chain = (spec: Partial<Spec>) =>
    planPort(portOf(spec, slice([ready('10.42.0.2')])), node).chains.at(-1)
  const plain = chain({})
  expect(chain({})).toBe(plain)
  const modules = (one = plain) => one?.rules[1]?.matches.map(({ module }) => module)
  expect(modules()).toEqual(['comment', 'tcp'])
  expect(modules(chain({ sessionAffinity: 'ClientIP' }))).toEqual(['comment', 'recent', 'tcp'])
  expect(modules(chain({}))).toEqual(['comment', 'tcp'])
})

describe('stale UDP flows', () => {
  const udp = (spec: Partial<Spec>, ...ips: string[]) =>
    portOf(
      { ports: [{ port: 53, protocol: 'UDP', nodePort: 30_053 }], ...spec },
      slice(
        ips.map((ip) => ready(ip)),
        { ports: [{ name: '', port: 53, protocol: 'UDP' }] },
      ),
    )
  const commands = (before: ServicePort[], after: ServicePort[]) =>
    staleFlows(before, after).map((argv) => argv.slice(4).join(' '))

  test('are those to an endpoint that is gone, by every way in', () => {
    const externalIPs = ['192.0.2.1']
    expect(
      commands([udp({ externalIPs }, '10.42.0.2', '10.42.1.2')], [udp({ externalIPs }, '10.42.1.2')]),
    ).toEqual([
      '--orig-dst 10.43.7.1 --orig-port-dst 53 --dst-nat 10.42.0.2',
      '--orig-dst 192.0.2.1 --orig-port-dst 53 --dst-nat 10.42.0.2',
      '--orig-port-dst 30053 --dst-nat 10.42.0.2',
    ])
  })
  test('are all of a service that had no endpoint, and of one that is deleted', () => {
    expect(commands([udp({})], [udp({}, '10.42.0.2')])).toEqual([
      '--orig-dst 10.43.7.1 --orig-port-dst 53',
      '--orig-port-dst 30053',
    ])
    expect(commands([udp({}, '10.42.0.2')], [])).toHaveLength(2)
  })
  test('are none while endpoints only come, and none of TCP', () => {
    expect(commands([udp({}, '10.42.0.2')], [udp({}, '10.42.0.2', '10.42.1.2')])).toEqual([])
    const tcp = portOf({}, slice([ready('10.42.0.2')]))
    expect(commands([tcp], [])).toEqual([])
  })
})
