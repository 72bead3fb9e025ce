import type { EndpointSlice, Service, ServicePort as SpecPort } from '../../kube/objects.ts'
import { isIPv4 } from '../../net/ipv4.ts'
import { parseCidr } from '../../net/cidr.ts'
import { type Endpoint, endpointsOf } from './endpoint.ts'

/** One port of one Service with its endpoints: what kube-proxy makes chains for. */
export interface ServicePort {
  /** `namespace/name:port`, or `namespace/name` when the port has no name: how chains' comments call it. */
  readonly name: string
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  readonly clusterIP: string
  readonly port: number
  readonly nodePort: number | undefined
  readonly externalIPs: readonly string[]
  /** Of status.loadBalancer, those whose traffic keeps its destination. */
  readonly loadBalancerIPs: readonly string[]
  /** spec.loadBalancerSourceRanges; empty when everybody may come. */
  readonly sourceRanges: readonly string[]
  /** With session affinity: for how long a client stays with its endpoint. */
  readonly affinitySeconds: number | undefined
  /** internalTrafficPolicy: Local */
  readonly internalLocal: boolean
  /** externalTrafficPolicy: Local */
  readonly externalLocal: boolean
  readonly healthCheckNodePort: number | undefined
  /** All of them on all nodes, ready or not. */
  readonly endpoints: readonly Endpoint[]
}

/** Set on Services that some other proxy takes care of. */
const SERVICE_PROXY_NAME = 'service.kubernetes.io/service-proxy-name'
const DEFAULT_AFFINITY_SECONDS = 10_800

/**
 * The ports of a Service that a proxy has to do with: none for headless and ExternalName services.
 * Upstream: pkg/proxy/serviceport.go, pkg/proxy/servicechangetracker.go.
 */
export function servicePortsOf(service: Service, slices: readonly EndpointSlice[]): ServicePort[] {
  const { spec, metadata } = service
  const clusterIP = spec?.clusterIP ?? ''
  if (spec?.type === 'ExternalName' || !isIPv4(clusterIP) || metadata.labels?.[SERVICE_PROXY_NAME]) return []
  const shared = {
    clusterIP,
    externalIPs: (spec?.externalIPs ?? []).filter(isIPv4),
    loadBalancerIPs: loadBalancerIPs(service),
    sourceRanges: sourceRanges(service),
    affinitySeconds: affinitySeconds(service),
    internalLocal: spec?.internalTrafficPolicy === 'Local',
    externalLocal: spec?.externalTrafficPolicy === 'Local',
    healthCheckNodePort: healthCheckNodePort(service),
  }
  return (spec?.ports ?? []).map((port) => ({
    ...shared,
    name: nameOf(service, port),
    protocol: protocolOf(port.protocol),
    port: port.port,
    nodePort: port.nodePort || undefined,
    endpoints: endpointsOf(slices, port.name ?? '', port.protocol ?? 'TCP'),
  }))
}

/** Whether the port can be reached from outside the cluster at all. */
export function isExternallyAccessible(port: ServicePort): boolean {
  return port.nodePort !== undefined || port.loadBalancerIPs.length > 0 || port.externalIPs.length > 0
}

function nameOf({ metadata }: Service, port: SpecPort): string {
  const service = `${metadata.namespace ?? 'default'}/${metadata.name}`
  return port.name ? `${service}:${port.name}` : service
}

function protocolOf(protocol = 'TCP'): ServicePort['protocol'] {
  return protocol.toLowerCase() as ServicePort['protocol']
}

function loadBalancerIPs({ spec, status }: Service): string[] {
  if (spec?.type !== 'LoadBalancer') return []
  const ingress = status?.loadBalancer?.ingress ?? []
  return ingress.flatMap(({ ip, ipMode = 'VIP' }) => (ip && isIPv4(ip) && ipMode === 'VIP' ? [ip] : []))
}

function sourceRanges({ spec }: Service): string[] {
  const ranges = (spec?.loadBalancerSourceRanges ?? []).map((range) => range.trim())
  if (ranges.some((range) => parseCidr(range)?.prefix === 0)) return []
  return ranges.filter((range) => parseCidr(range) !== undefined)
}

function affinitySeconds({ spec }: Service): number | undefined {
  if (spec?.sessionAffinity !== 'ClientIP') return undefined
  return spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS
}

function healthCheckNodePort({ spec }: Service): number | undefined {
  const wanted = spec?.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'
  return (wanted && spec.healthCheckNodePort) || undefined
}
