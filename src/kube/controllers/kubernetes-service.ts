import { ApiError, type KubeClient } from '../client.ts'
import type { Endpoints, EndpointSlice, KubeObject, Service } from '../objects.ts'
import { ENDPOINT_SLICES, ENDPOINTS, SERVICES, type ResourceType } from '../resources.ts'

export interface ApiAddress {
  /** Where the API server listens. */
  readonly ip: string
  readonly port: number
  /** ClusterIP of default/kubernetes. */
  readonly clusterIP: string
}

/** The way to the API server as a service: what kube-apiserver keeps of itself. */
export async function ensureKubernetesService(client: KubeClient, address: ApiAddress): Promise<void> {
  await ensure(client, SERVICES, kubernetesService(address))
  await ensure(client, ENDPOINTS, kubernetesEndpoints(address))
  await ensure(client, ENDPOINT_SLICES, kubernetesSlice(address))
}

async function ensure<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType<T>,
  object: T,
): Promise<void> {
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
