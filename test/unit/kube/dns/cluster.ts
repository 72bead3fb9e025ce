import type { EndpointSlice, Namespace, Service } from '../../../../src/kube/objects.ts'

const namespace = (name: string): Namespace => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })

function service(namespace: string, name: string, spec: Service['spec']): Service {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec }
}

function slice(
  service: Service,
  endpoints: EndpointSlice['endpoints'],
  ports: EndpointSlice['ports'],
): EndpointSlice {
  const { name, namespace = '' } = service.metadata
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-x`, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints,
    ports,
  }
}

const web = service('default', 'web', {
  clusterIP: '10.43.94.217',
  clusterIPs: ['10.43.94.217'],
  selector: { app: 'web' },
  ports: [
    { name: 'http', port: 80, protocol: 'TCP' },
    { name: 'https', port: 443, protocol: 'TCP' },
  ],
})
const db = service('default', 'db', {
  clusterIP: 'None',
  clusterIPs: ['None'],
  selector: { app: 'db' },
  ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
})
const empty = service('default', 'empty', { clusterIP: 'None', clusterIPs: ['None'], ports: [] })
const docs = service('default', 'docs', { type: 'ExternalName', externalName: 'docs.example.com' })
const inside = service('blue', 'inside', {
  type: 'ExternalName',
  externalName: 'web.default.svc.cluster.local',
})
const circle = service('blue', 'circle', {
  type: 'ExternalName',
  externalName: 'circle.blue.svc.cluster.local',
})
const many = service('blue', 'many', {
  clusterIP: 'None',
  clusterIPs: ['None'],
  ports: [{ port: 80, protocol: 'TCP' }],
})
const dns = service('kube-system', 'kube-dns', {
  clusterIP: '10.43.0.10',
  clusterIPs: ['10.43.0.10'],
  ports: [{ name: 'dns', port: 53, protocol: 'UDP' }],
})

/** A small cluster with a service of each sort. */
export const CLUSTER = {
  namespaces: ['default', 'blue', 'kube-system'].map(namespace),
  services: [web, db, empty, docs, inside, circle, many, dns],
  slices: [
    slice(
      db,
      [
        { addresses: ['10.42.0.5'], hostname: 'db-0', conditions: { ready: true } },
        { addresses: ['10.42.1.6'], conditions: {} },
        { addresses: ['10.42.2.7'], hostname: 'db-2', conditions: { ready: false } },
      ],
      [{ name: 'sql', port: 5432, protocol: 'TCP' }],
    ),
    slice(
      web,
      [{ addresses: ['10.42.1.9'], conditions: { ready: true } }],
      [{ name: 'http', port: 8080, protocol: 'TCP' }],
    ),
    slice(
      many,
      Array.from({ length: 120 }, (_, i) => ({
        addresses: [`10.42.3.${i + 1}`],
        conditions: { ready: true },
      })),
      [{ name: '', port: 80, protocol: 'TCP' }],
    ),
  ],
}
