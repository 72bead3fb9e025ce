import type { EndpointSlice, Endpoint as SliceEndpoint } from '../../kube/objects.ts'

/** Where a packet for a service can go. */
export interface Endpoint {
  /** `ip:port`: what DNAT writes, and what endpoints are sorted by. */
  readonly target: string
  readonly ip: string
  readonly nodeName: string | undefined
  readonly ready: boolean
  /** Ready, but for its being about to end. */
  readonly serving: boolean
  readonly terminating: boolean
  /** Names of the nodes and zones that should use it, if the slice hints at any. */
  readonly forNodes: readonly string[]
  readonly forZones: readonly string[]
}

/**
 * The IPv4 endpoints of the port with this name and protocol, from all slices of a service; sorted by text, each once.
 * Upstream: pkg/proxy/endpointslicecache.go.
 */
export function endpointsOf(
  slices: readonly EndpointSlice[],
  portName: string,
  protocol: string,
): Endpoint[] {
  const endpoints = new Map<string, Endpoint>()
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue
    for (const port of slice.ports ?? []) {
      if (!port.port || (port.name ?? '') !== portName || (port.protocol ?? 'TCP') !== protocol) continue
      for (const endpoint of slice.endpoints ?? []) {
        const one = read(endpoint, port.port)
        // A pod that moves from one slice to another is in both for a moment.
        if (one && !endpoints.get(one.target)?.ready) endpoints.set(one.target, one)
      }
    }
  }
  return [...endpoints.values()].sort((a, b) => (a.target < b.target ? -1 : 1))
}

function read({ addresses, conditions, nodeName, hints }: SliceEndpoint, port: number): Endpoint | undefined {
  const [ip] = addresses
  if (ip === undefined) return undefined
  return {
    target: `${ip}:${port}`,
    ip,
    nodeName,
    ready: conditions?.ready ?? true,
    serving: conditions?.serving ?? true,
    terminating: conditions?.terminating ?? false,
    forNodes: (hints?.forNodes ?? []).map(({ name }) => name),
    forZones: (hints?.forZones ?? []).map(({ name }) => name),
  }
}
