import type { Service } from '../objects.ts'
import { ZONE, type QueryName, type ServiceName } from './query-name.ts'
import type { ClusterView, ReadyEndpoint } from './view.ts'

/** One address that a name stands for, with a port that is open there. */
export interface Target {
  readonly address: string
  readonly port: number | undefined
  /** Its own name, to which SRV records point. */
  readonly name: string
}

/** What is behind a name: undefined is nothing, not even the name. */
type Found = { readonly targets: readonly Target[] } | { readonly alias: string } | undefined

type ServiceSpec = NonNullable<Service['spec']>

const NOTHING: Found = { targets: [] }

function matchesPort({ port }: ServiceName, { name, protocol }: { name: string; protocol: string }): boolean {
  return !port || (port.name === name && port.protocol === protocol)
}

function endpointTargets(query: ServiceName, endpoints: readonly ReadyEndpoint[]): Target[] {
  const { namespace, service } = query
  return endpoints
    .filter(({ label }) => query.endpoint === undefined || query.endpoint === label)
    .flatMap(({ address, label, ports }) =>
      ports
        .filter((port) => matchesPort(query, port))
        .map(({ port }) => ({ address, port, name: `${label}.${service}.${namespace}.svc.${ZONE}` })),
    )
}

function clusterIpTargets(query: ServiceName, { ports = [], clusterIPs = [] }: ServiceSpec): Target[] {
  const name = `${query.service}.${query.namespace}.svc.${ZONE}`
  return ports
    .filter(({ name = '', protocol = 'TCP' }) =>
      matchesPort(query, { name, protocol: protocol.toLowerCase() }),
    )
    .flatMap(({ port }) => clusterIPs.map((address) => ({ address, port, name })))
}

/** As CoreDNS's findServices: a service without a match for what the name asks is as if it were not there. */
function findService(query: ServiceName, view: ClusterView): Found {
  const { namespace, service: name, endpoint, port } = query
  const spec = view.service(namespace, name)?.spec
  if (!spec) return undefined
  if (spec.type === 'ExternalName') {
    const isPlain = endpoint === undefined && !port
    return isPlain && spec.externalName ? { alias: spec.externalName.replace(/\.$/, '') } : undefined
  }
  const isByEndpoint = spec.clusterIP === 'None' || endpoint !== undefined
  const targets = isByEndpoint
    ? endpointTargets(query, view.endpoints(namespace, name))
    : clusterIpTargets(query, spec)
  return targets.length ? { targets } : undefined
}

/** What the cluster has behind a name. */
export function find(query: QueryName | undefined, view: ClusterView): Found {
  if (!query) return undefined
  switch (query.kind) {
    case 'apex':
    case 'version':
      return NOTHING
    case 'nameServer':
      return findService({ kind: 'service', namespace: 'kube-system', service: 'kube-dns' }, view)
    case 'namespace':
      return view.hasNamespace(query.namespace) ? NOTHING : undefined
    case 'pod':
      // As "pods insecure": any address, whether or not a pod has it.
      if (!view.hasNamespace(query.namespace) || !query.address) return undefined
      return { targets: [{ address: query.address, port: undefined, name: '' }] }
    default:
      return view.hasNamespace(query.namespace) ? findService(query, view) : undefined
  }
}
