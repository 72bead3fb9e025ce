import type { Endpoint, EndpointSlice, Pod, Service } from '../objects.ts'
import { sameValue } from '../registry/same-value.ts'
import { endpointOf, portsOf, type ResolvedPort } from './pod-endpoints.ts'

/** --max-endpoints-per-slice's default. */
export const SLICE_SIZE = 100

export interface WantedSlice {
  /** The slice to be changed; undefined for a new one. */
  readonly existing?: EndpointSlice
  readonly endpoints: readonly Endpoint[]
  readonly ports: readonly ResolvedPort[]
}

/**
 * Distributes a service's endpoints over slices of at most {@link SLICE_SIZE}, one group for each set of port numbers.
 * Endpoints stay in the slice they are in, new ones fill gaps first: as few slices as possible change.
 * A service without endpoints keeps one empty slice. Upstream: endpointslice/reconciler.
 */
export function packSlices(
  service: Service,
  pods: readonly Pod[],
  existing: readonly EndpointSlice[],
): WantedSlice[] {
  const groups = new Map<string, { ports: ResolvedPort[]; endpoints: Map<string, Endpoint> }>()
  for (const pod of pods) {
    const ports = portsOf(service, pod)
    if (ports.length === 0 && (service.spec?.ports ?? []).length > 0) continue
    const key = JSON.stringify(ports)
    const group = groups.get(key) ?? { ports, endpoints: new Map() }
    group.endpoints.set(pod.metadata.uid ?? pod.metadata.name, endpointOf(service, pod))
    groups.set(key, group)
  }
  if (groups.size === 0) return [{ ...(existing[0] && { existing: existing[0] }), endpoints: [], ports: [] }]
  const free = new Set(existing)
  return [...groups.values()].flatMap((group) => packGroup(group, free))
}

function packGroup(
  group: { ports: ResolvedPort[]; endpoints: Map<string, Endpoint> },
  free: Set<EndpointSlice>,
): WantedSlice[] {
  const kept = [...free].filter((slice) => sameValue(slice.ports, group.ports) || isEmpty(slice))
  const slices: { existing?: EndpointSlice; endpoints: Endpoint[] }[] = []
  for (const slice of kept) {
    const endpoints = (slice.endpoints ?? []).flatMap(
      (old) => take(group.endpoints, old.targetRef?.uid ?? '') ?? [],
    )
    if (endpoints.length === 0 && !isEmpty(slice)) continue
    slices.push({ existing: slice, endpoints })
  }
  const added = [...group.endpoints.values()]
  for (const slice of slices) {
    slice.endpoints.push(...added.splice(0, Math.max(0, SLICE_SIZE - slice.endpoints.length)))
  }
  while (added.length > 0) slices.push({ endpoints: added.splice(0, SLICE_SIZE) })
  const used = slices.filter((slice) => slice.endpoints.length > 0)
  for (const slice of used) if (slice.existing) free.delete(slice.existing)
  return used.map((slice) => ({ ...slice, ports: group.ports }))
}

const isEmpty = (slice: EndpointSlice): boolean => (slice.endpoints ?? []).length === 0

function take(endpoints: Map<string, Endpoint>, key: string): Endpoint | undefined {
  const endpoint = endpoints.get(key)
  endpoints.delete(key)
  return endpoint
}
