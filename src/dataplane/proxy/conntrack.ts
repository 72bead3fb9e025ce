import type { Endpoint } from './endpoint.ts'
import type { ServicePort } from './service-port.ts'

/**
 * The `conntrack -D` commands that end UDP flows which rules can't redirect any more: conntrack keeps sending a flow
 * where its first packet went. Such flows are those to an endpoint that is gone, and all of a service that had none.
 * TCP needs no such help: its connections break by themselves. Upstream: pkg/proxy/conntrack/cleanup.go.
 */
export function staleFlows(before: readonly ServicePort[], after: readonly ServicePort[]): string[][] {
  const now = new Map(after.filter(isUdp).map((port) => [port.name, port]))
  return before.filter(isUdp).flatMap((old) => {
    const port = now.get(old.name)
    if (old === port) return []
    const [had, has] = [old.endpoints.filter(serves), port?.endpoints.filter(serves) ?? []]
    if (had.length === 0) return has.length > 0 ? flowsTo(old) : []
    const kept = new Set(has.map((endpoint) => endpoint.target))
    const gone = had.filter((endpoint) => !kept.has(endpoint.target))
    return gone.flatMap((endpoint) => flowsTo(old).map((flow) => [...flow, '--dst-nat', endpoint.ip]))
  })
}

function isUdp(port: ServicePort): boolean {
  return port.protocol === 'udp'
}

function serves(endpoint: Endpoint): boolean {
  return endpoint.serving
}

/** One command for each way into the service. */
function flowsTo(port: ServicePort): string[][] {
  const remove = ['conntrack', '-D', '-p', 'udp']
  const addresses = [port.clusterIP, ...port.externalIPs, ...port.loadBalancerIPs]
  const flows = addresses.map((ip) => [...remove, '--orig-dst', ip, '--orig-port-dst', String(port.port)])
  if (port.nodePort !== undefined) flows.push([...remove, '--orig-port-dst', String(port.nodePort)])
  return flows
}
