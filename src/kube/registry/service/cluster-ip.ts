import { addressAt, contains, sizeOf, type Cidr } from '../../../net/cidr.ts'
import type { Service } from '../../objects.ts'
import { SERVICES } from '../../resources.ts'
import type { FieldError, RegistryContext } from '../definition.ts'
import { invalid } from '../field-error.ts'
import { pickFree, type Random } from './allocator.ts'
import { isExternalName, isHeadless, type ServiceSpec } from './needs.ts'

/** 10.43.0.0/16, the service CIDR of k3s: its first address is 10.43.0.1, its last 10.43.255.254. */
const SERVICE_CIDR: Cidr = { network: 0x0a2b0000, prefix: 16 }
/** Without the network's own address and the broadcast address. */
const SIZE = sizeOf(SERVICE_CIDR) - 2
/** Upstream keeps min(max(16, size / 16), 256) addresses for those who choose their own. */
const RESERVED = 256

const clusterIpAt = (index: number) => addressAt(SERVICE_CIDR, index + 1)

function isInRange(address: string): boolean {
  const ends = [addressAt(SERVICE_CIDR, 0), addressAt(SERVICE_CIDR, SIZE + 1)]
  return contains(SERVICE_CIDR, address) && !ends.includes(address)
}

function takenByOthers(service: Service, context: RegistryContext): Set<string> {
  const { name, namespace } = service.metadata
  const others = context
    .list(SERVICES)
    .filter(({ metadata }) => metadata.name !== name || metadata.namespace !== namespace)
  return new Set(others.flatMap(({ spec }) => spec?.clusterIPs ?? spec?.clusterIP ?? []))
}

/** Makes clusterIP and clusterIPs agree where only one of them was given or changed. */
export function normalizeClusterIps(spec: ServiceSpec, current?: ServiceSpec): ServiceSpec {
  const { clusterIP, clusterIPs } = spec
  if (clusterIP && !clusterIPs?.length) return { ...spec, clusterIPs: [clusterIP] }
  const onlyFirstChanged =
    clusterIP && current && clusterIP !== current.clusterIP && clusterIPs?.[0] === current.clusterIPs?.[0]
  return onlyFirstChanged ? { ...spec, clusterIPs: [clusterIP, ...(clusterIPs?.slice(1) ?? [])] } : spec
}

/** `spec` with a ClusterIP, if it needs one and has none. */
export function allocateClusterIp(service: Service, context: RegistryContext, random: Random): Service {
  const { spec } = service
  if (!spec || isExternalName(spec) || spec.clusterIP || spec.clusterIPs?.length) return service
  const taken = takenByOthers(service, context)
  const index = pickFree(SIZE, RESERVED, (index) => taken.has(clusterIpAt(index)), random)
  if (index === undefined) return service
  const clusterIP = clusterIpAt(index)
  return { ...service, spec: { ...spec, clusterIP, clusterIPs: [clusterIP] } }
}

/** Whether the service may have the ClusterIP it has: in range, and nobody else's. */
export function validateClusterIp(service: Service, context: RegistryContext): FieldError[] {
  const { spec } = service
  if (!spec || isExternalName(spec) || isHeadless(spec)) return []
  const fault = (detail: string) => [invalid('spec.clusterIPs', spec.clusterIPs ?? null, detail)]
  const address = spec.clusterIP
  if (!address) return fault('failed to allocate a serviceIP: range is full')
  if (!isInRange(address)) {
    return fault(`failed to allocate IP ${address}: the provided network does not match the current range`)
  }
  if (takenByOthers(service, context).has(address)) {
    return fault(`failed to allocate IP ${address}: provided IP is already allocated`)
  }
  return []
}
