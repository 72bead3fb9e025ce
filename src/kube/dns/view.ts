import type { Endpoint, EndpointSlice, Namespace, Service } from '../objects.ts'

const SERVICE_NAME = 'kubernetes.io/service-name'

export interface EndpointPort {
  readonly name: string
  /** Lower case. */
  readonly protocol: string
  /** Undefined where a headless service declares no ports. */
  readonly port: number | undefined
}

/** An address that a service's traffic may go to now. */
export interface ReadyEndpoint {
  readonly address: string
  /** Its label below the service's name: its own hostname, or the address with dashes. */
  readonly label: string
  readonly ports: readonly EndpointPort[]
}

/** An endpoint that has a hostname of its own: a name to be found by its address. */
export interface NamedEndpoint {
  readonly hostname: string
  readonly service: string
  readonly namespace: string
}

/** What DNS needs to know of the cluster, at one moment. */
export interface ClusterView {
  /** Of the zone: grows with every change. */
  readonly serial: number
  hasNamespace(namespace: string): boolean
  service(namespace: string, name: string): Service | undefined
  endpoints(namespace: string, service: string): readonly ReadyEndpoint[]
  serviceAt(clusterIP: string): Service | undefined
  endpointsAt(address: string): readonly NamedEndpoint[]
}

export interface ClusterObjects {
  readonly namespaces: readonly Namespace[]
  readonly services: readonly Service[]
  readonly slices: readonly EndpointSlice[]
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace}/${name}`
}

function push<V>(map: Map<string, V[]>, key: string, value: V): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}

function portsOf(slice: EndpointSlice): EndpointPort[] {
  const ports = (slice.ports ?? []).map(({ name, protocol, port }) => ({
    name: name ?? '',
    protocol: (protocol ?? 'TCP').toLowerCase(),
    port,
  }))
  return ports.length ? ports : [{ name: '', protocol: '', port: undefined }]
}

/** Absent means ready (discovery/v1); a service that publishes the unready has them marked ready by its controller. */
function isReady({ conditions }: Endpoint): boolean {
  return conditions?.ready ?? true
}

/** Indexes the objects by what questions ask for. */
export function viewOf({ namespaces, services, slices }: ClusterObjects, serial: number): ClusterView {
  const names = new Set(namespaces.map(({ metadata }) => metadata.name))
  const byKey = new Map(services.map((one) => [keyOf(one.metadata.namespace, one.metadata.name), one]))
  const byIp = new Map<string, Service>()
  for (const service of services) {
    for (const ip of service.spec?.clusterIPs ?? []) if (ip !== 'None') byIp.set(ip, service)
  }
  const endpoints = new Map<string, ReadyEndpoint[]>()
  const named = new Map<string, NamedEndpoint[]>()
  for (const slice of slices) {
    const { namespace = '', labels } = slice.metadata
    const service = labels?.[SERVICE_NAME]
    if (!service || slice.addressType === 'FQDN') continue
    const ports = portsOf(slice)
    for (const { addresses, hostname } of (slice.endpoints ?? []).filter(isReady)) {
      for (const address of addresses) {
        const label = hostname || address.replaceAll(/[.:]/g, '-')
        push(endpoints, keyOf(namespace, service), { address, label, ports })
        if (hostname) push(named, address, { hostname, service, namespace })
      }
    }
  }
  return {
    serial,
    hasNamespace: (namespace) => names.has(namespace),
    service: (namespace, name) => byKey.get(keyOf(namespace, name)),
    endpoints: (namespace, service) => endpoints.get(keyOf(namespace, service)) ?? [],
    serviceAt: (clusterIP) => byIp.get(clusterIP),
    endpointsAt: (address) => named.get(address) ?? [],
  }
}
