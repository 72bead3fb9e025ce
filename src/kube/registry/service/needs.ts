import type { Service } from '../../objects.ts'

export type ServiceSpec = NonNullable<Service['spec']>

export function isExternalName(spec: ServiceSpec): boolean {
  return spec.type === 'ExternalName'
}

export function isHeadless(spec: ServiceSpec): boolean {
  return spec.clusterIP === 'None'
}

export function needsNodePorts(spec: ServiceSpec): boolean {
  if (spec.type === 'LoadBalancer') return spec.allocateLoadBalancerNodePorts !== false
  return spec.type === 'NodePort'
}

/** A LoadBalancer that keeps client addresses is probed on a port of its own. */
export function needsHealthCheckNodePort(spec: ServiceSpec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'
}

/** Whether traffic from outside the cluster can be for it. */
export function isExternallyAccessible(spec: ServiceSpec): boolean {
  if (spec.type === 'LoadBalancer' || spec.type === 'NodePort') return true
  return spec.type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0
}
