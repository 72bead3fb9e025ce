import { ApiError, type KubeClient } from '../client.ts'
import type { KubeObject } from '../objects.ts'
import type { ResourceType } from '../resources.ts'
import { ENDPOINT_SLICES, ENDPOINTS, NAMESPACES, SERVICES } from '../resources.ts'
import type { Endpoints, EndpointSlice, Namespace, Service } from '../objects.ts'

const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease']

export interface ApiAddress {
  /** Where the API server listens. */
  readonly ip: string
  readonly port: number
  /** ClusterIP of default/kubernetes. */
  readonly clusterIP: string
}

/** What kube-apiserver makes at its first start: the system namespaces, and the way to itself as a service. */
export async function ensureSystemObjects(client: KubeClient, address: ApiAddress): Promise<void> {
  const namespaces = SYSTEM_NAMESPACES.map((name): Namespace => {
    return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
  })
  await Promise.all(namespaces.map((namespace) => ensure(client, NAMESPACES, namespace)))
  await ensure(client, SERVICES, kubernetesService(address))
  await Promise.all([
    ensure(client, ENDPOINTS, kubernetesEndpoints(address)),
    ensure(client, ENDPOINT_SLICES, kubernetesSlice(address)),
  ])
}

async function ensure<T extends KubeObject>(client: KubeClient, type: ResourceType<T>, object: T): Promise<void> {
  try {
    await client.create(type, object)
  } catch (error) {
    if (!(error instanceof ApiError) || error.status.reason !== 'AlreadyExists') throw error
  }
}

const METADATA = { name: 'kubernetes', namespace: 'default' }

function kubernetesService({ clusterIP, port }: ApiAddress): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...METADATA, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      clusterIPs: [clusterIP],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port }],
      sessionAffinity: 'None',
    },
  }
}

function kubernetesEndpoints({ ip, port }: ApiAddress): Endpoints {
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...METADATA, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  }
}

function kubernetesSlice({ ip, port }: ApiAddress): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...METADATA, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [ip], conditions: { ready: true } }],
    ports: [{ name: 'https', protocol: 'TCP', port }],
  }
}
