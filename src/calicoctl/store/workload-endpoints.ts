import { createHash } from 'node:crypto'
import type { KubeClient } from '../../kube/client.ts'
import type { Pod } from '../../kube/objects.ts'
import { PODS } from '../../kube/resources.ts'
import { fromApi, missing, unsupported } from '../calico-error.ts'
import { resourceFrom, type Resource } from '../layout/resource.ts'
import { identity, keyOfResource, type ResourceKey, type ResourceStore } from './resource-store.ts'

/** Workload endpoints: pods that are on a node and have a network of their own. */
export function workloadEndpoints(client: KubeClient): ResourceStore {
  const refuse = (operation: string) => async (resource: Resource) => {
    const what = identity('WorkloadEndpoint', keyOfResource(resource))
    throw unsupported(operation, what, 'unsupported PatchMode: patchModeUnspecified')
  }
  const get = (key: ResourceKey) => find(client, key)
  return {
    get,
    list: async (namespace) => {
      const { items, resourceVersion } = await client.list(PODS, namespace === undefined ? {} : { namespace })
      return { items: items.filter(hasEndpoint).map(endpointOf), resourceVersion }
    },
    create: refuse('Create'),
    update: refuse('Update'),
    delete: async (key) => {
      throw unsupported('Delete', identity('WorkloadEndpoint', await get(key).then(keyOfResource)))
    },
  }
}

async function find(client: KubeClient, key: ResourceKey): Promise<Resource> {
  const what = identity('WorkloadEndpoint', key)
  const name = podIn(key.name)
  if (name === undefined) {
    throw missing(what, 'malformed WorkloadEndpoint name - unable to determine Pod name')
  }
  const pod = await client.get(PODS, { namespace: key.namespace, name }).catch((thrown: unknown) => {
    throw fromApi(thrown, what)
  })
  if (!pod) throw missing(what, `pods "${name}" not found`)
  const endpoint = hasEndpoint(pod) ? endpointOf(pod) : undefined
  if (endpoint?.metadata.name === key.name) return endpoint
  throw missing(what, '<nil>')
}

/** node1-k8s-web--0-eth0: dashes between the parts, two for one within a part. */
const endpointName = (node: string, pod: string) =>
  [node, 'k8s', pod, 'eth0'].map((part) => part.replaceAll('-', '--')).join('-')

function podIn(endpoint: string): string | undefined {
  const [, system, pod] = endpoint.split(/(?<!-)-(?!-)/)
  return system === 'k8s' ? pod?.replaceAll('--', '-') : undefined
}

function hasEndpoint({ spec }: Pod): boolean {
  return !spec?.hostNetwork && Boolean(spec?.nodeName)
}

/** Upstream: libcalico-go, podToDefaultWorkloadEndpoint. */
function endpointOf({ metadata, spec, status }: Pod): Resource {
  const {
    name,
    namespace = '',
    generateName,
    uid,
    resourceVersion,
    creationTimestamp,
    annotations,
  } = metadata
  const account = spec?.serviceAccountName
  const hash = createHash('sha1').update(`${namespace}.${name}`).digest('hex')
  const labels = {
    ...metadata.labels,
    'projectcalico.org/namespace': namespace,
    'projectcalico.org/orchestrator': 'k8s',
    ...(account && account.length < 63 ? { 'projectcalico.org/serviceaccount': account } : {}),
  }
  return resourceFrom(
    'WorkloadEndpoint',
    {
      metadata: {
        name: endpointName(spec?.nodeName ?? '', name),
        generateName,
        namespace,
        uid,
        resourceVersion,
        creationTimestamp,
        labels,
      },
      spec: {
        orchestrator: 'k8s',
        node: spec?.nodeName,
        containerID: annotations?.['cni.projectcalico.org/containerID'],
        pod: name,
        endpoint: 'eth0',
        serviceAccountName: account,
        ipNetworks: isOver({ metadata, status }) ? [] : networksOf({ status, metadata }),
        profiles: [`kns.${namespace}`, ...(account ? [`ksa.${namespace}.${account}`] : [])],
        interfaceName: `cali${hash.slice(0, 11)}`,
        ports: portsOf(spec),
      },
    },
    false,
  )
}

const PROTOCOLS = new Set(['TCP', 'UDP', 'SCTP'])

function portsOf(spec: Pod['spec']) {
  const ports = (spec?.containers ?? []).flatMap((container) => container.ports ?? [])
  return ports
    .filter(({ name, hostPort, protocol = 'TCP' }) => (name || hostPort) && PROTOCOLS.has(protocol))
    .map(({ name, protocol = 'TCP', containerPort, hostPort, hostIP }) => {
      return { name, protocol, port: containerPort, hostPort, hostIP }
    })
}

function networksOf({ status, metadata }: Pick<Pod, 'status' | 'metadata'>): string[] {
  const notes = metadata.annotations ?? {}
  const inStatus = status?.podIPs?.map(({ ip }) => ip) ?? (status?.podIP ? [status.podIP] : [])
  const noted = (notes['cni.projectcalico.org/podIPs'] || notes['cni.projectcalico.org/podIP'] || '').split(
    ',',
  )
  const addresses = inStatus.length > 0 ? inStatus : noted.filter(Boolean)
  return addresses.map((address) => (address.includes('/') ? address : `${address}/32`))
}

/** Its addresses may be another's by now. */
function isOver({ metadata, status }: Pick<Pod, 'status' | 'metadata'>): boolean {
  const isLeft = metadata.deletionTimestamp && metadata.annotations?.['cni.projectcalico.org/podIP'] === ''
  return Boolean(isLeft) || status?.phase === 'Failed' || status?.phase === 'Succeeded'
}
