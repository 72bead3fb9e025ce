import { expect, test } from 'vitest'
import { watchServicePorts } from '../../../../src/dataplane/proxy/service-ports.ts'
import type { EndpointSlice, Service } from '../../../../src/kube/objects.ts'
import { ENDPOINT_SLICES, SERVICES } from '../../../../src/kube/resources.ts'
import { apiClient } from '../../../helpers/api-client.ts'

const service = (name: string, clusterIP: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { clusterIP, ports: [{ port: 80 }] },
})

const slice = (service: string, ...ips: string[]): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `${service}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': service } },
  addressType: 'IPv4',
  ports: [{ name: '', port: 8080, protocol: 'TCP' }],
  endpoints: ips.map((ip) => ({ addresses: [ip] })),
})

const delivered = () => new Promise(setImmediate)

test('ports follow services and slices, sorted by name, and stay the same object while nothing changes', async () => {
  const client = apiClient()
  const ports = watchServicePorts(client)
  await ports.synced
  let changes = 0
  ports.onChange(() => changes++)
  await client.create(SERVICES, service('b', '10.43.0.2'))
  await client.create(SERVICES, service('a', '10.43.0.1'))
  await client.create(ENDPOINT_SLICES, slice('a', '10.42.0.2'))
  await delivered()
  const seen = () =>
    ports.list().map(({ name, endpoints }) => [name, ...endpoints.map(({ target }) => target)])
  expect(seen()).toEqual([['default/a', '10.42.0.2:8080'], ['default/b']])
  expect(changes).toBe(3)

  const [a, b] = ports.list()
  await client.update(ENDPOINT_SLICES, slice('a', '10.42.0.2', '10.42.0.3'))
  await delivered()
  expect(seen()).toEqual([['default/a', '10.42.0.2:8080', '10.42.0.3:8080'], ['default/b']])
  expect(ports.list()[0]).not.toBe(a)
  expect(ports.list()[1]).toBe(b)

  await client.delete(ENDPOINT_SLICES, { namespace: 'default', name: 'a-1' })
  await client.delete(SERVICES, { namespace: 'default', name: 'b' })
  await delivered()
  expect(seen()).toEqual([['default/a']])
  ports.stop()
  await client.delete(SERVICES, { namespace: 'default', name: 'a' })
  await delivered()
  expect(seen()).toEqual([['default/a']])
})
