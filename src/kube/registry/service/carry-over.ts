import { sameValue } from '../same-value.ts'
import {
  isExternallyAccessible,
  isExternalName,
  needsHealthCheckNodePort,
  needsNodePorts,
  type ServiceSpec,
} from './needs.ts'

/**
 * What an update leaves unsaid about allocated values: those stay. As upstream's patchAllocatedValues, so that a
 * manifest without clusterIP can replace a service.
 */
export function keepAllocated(spec: ServiceSpec, current: ServiceSpec): ServiceSpec {
  const next = structuredClone(spec)
  if (!isExternalName(spec) && !isExternalName(current)) {
    next.clusterIP ||= current.clusterIP
    if (!next.clusterIPs?.length && next.clusterIP === current.clusterIP) next.clusterIPs = current.clusterIPs
  }
  if (needsNodePorts(spec) && needsNodePorts(current)) {
    for (const port of next.ports ?? []) port.nodePort ||= nodePortOf(current, port.port, port.protocol)
  }
  if (needsHealthCheckNodePort(spec) && needsHealthCheckNodePort(current)) {
    next.healthCheckNodePort ||= current.healthCheckNodePort
  }
  return next
}

function nodePortOf(spec: ServiceSpec, port: number, protocol = 'TCP'): number | undefined {
  return spec.ports?.find((one) => one.port === port && (one.protocol ?? 'TCP') === protocol)?.nodePort
}

/**
 * Drops what the new type has no use for, where the update did not touch it: a merge patch of `type` alone would
 * otherwise be refused for fields its sender never saw. As upstream's dropTypeDependentFields.
 */
export function dropUnused(spec: ServiceSpec, current: ServiceSpec): ServiceSpec {
  const next = structuredClone(spec)
  const drop = (field: keyof ServiceSpec) => {
    if (sameValue(next[field], current[field])) delete next[field]
  }
  if (isExternalName(spec) && !isExternalName(current)) {
    const fields = [
      'clusterIP',
      'clusterIPs',
      'ipFamilies',
      'ipFamilyPolicy',
      'internalTrafficPolicy',
    ] as const
    fields.forEach(drop)
  }
  if (needsNodePorts(current) && !needsNodePorts(spec)) {
    for (const port of next.ports ?? []) {
      if (port.nodePort === nodePortOf(current, port.port, port.protocol)) delete port.nodePort
    }
  }
  if (needsHealthCheckNodePort(current) && !needsHealthCheckNodePort(spec)) drop('healthCheckNodePort')
  if (isExternallyAccessible(current) && !isExternallyAccessible(spec)) drop('externalTrafficPolicy')
  if (current.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    drop('allocateLoadBalancerNodePorts')
    drop('loadBalancerClass')
  }
  return next
}
