import type { Encapsulation, PoolRoutes } from '../encapsulation.ts'
import { TUNNEL } from '../tunnel/ipip-tunnel.ts'
import { FELIX_PROTOCOL } from '../vxlan/vxlan-state.ts'
import { block } from './bird-text.ts'
import type { Advertisement } from './settings.ts'

/** Which routes a node tells of, and which it gives to its kernel. */
export interface RoutingRules {
  /** The network of nodes that the node is in: 172.30.0.0/24. */
  readonly subnet: string
  /** CIDRs of the blocks that are the node's own. */
  readonly blocks: readonly string[]
  readonly pools: readonly PoolRoutes[]
  /** Networks and addresses of services that the node tells of. */
  readonly services: readonly string[]
  /** Networks of services: no kernel gets a route to them. */
  readonly serviceNetworks: readonly string[]
  readonly advertisements: readonly Advertisement[]
}

/** The functions and filters that sessions and the kernel's protocol name. */
export function filters(rules: RoutingRules): string[] {
  return [communities(rules), exportFunction(rules), kernelFilter(rules)]
}

function communities({ advertisements }: RoutingRules): string {
  const lines = advertisements.map(({ cidr, communities: all }) => {
    const added = all.map(
      (numbers) =>
        `${numbers.length === 2 ? 'bgp_community' : 'bgp_large_community'}.add((${numbers.join(', ')}));`,
    )
    return `if net ~ ${cidr} then { ${added.join(' ')} }`
  })
  return block('function apply_communities()', lines)
}

/** Own blocks as a whole and nothing beneath; of other blocks, what the node has borrowed. */
function exportFunction({ blocks, pools, services }: RoutingRules): string {
  return block('function calico_export_to_bgp_peers(bool internal_peer)', [
    ...pools.filter(({ hidden }) => hidden).map(({ cidr }) => `if net ~ ${cidr} then return false;`),
    '# Felix’s routes are each node’s own.',
    `if internal_peer && (ifname ~ "*.calico" || (defined(krt_source) && krt_source = ${FELIX_PROTOCOL})) then return false;`,
    'apply_communities();',
    ...blocks.flatMap((cidr) => [
      `if net = ${cidr} then return true;`,
      `if net ~ ${cidr} then return false;`,
    ]),
    ...services.map((cidr) => `if net = ${cidr} then return true;`),
    ...pools.map(({ cidr }) => `if net ~ ${cidr} then return true;`),
    'return false;',
  ])
}

/** Routes that came by BGP go through the tunnel where their pool wants it: straight to the node that is their next hop. */
function kernelFilter({ pools, subnet, services, serviceNetworks }: RoutingRules): string {
  const rejected = [...new Set([...serviceNetworks, ...services])]
  return block('filter calico_kernel_programming', [
    '# The kernel makes those of its interfaces itself.',
    'if source = RTS_DEVICE then reject;',
    ...rejected.map((cidr) => `if net ~ ${cidr} then reject;`),
    ...pools.map(({ cidr, encapsulation, late }) => {
      const exceptions = [...late].map(
        ([address, before]) =>
          `if source = RTS_BGP && bgp_next_hop = ${address} then { ${verdict(before, subnet)} } `,
      )
      return `if net ~ ${cidr} then { ${exceptions.join('')}${verdict(encapsulation, subnet)} }`
    }),
    'accept;',
  ])
}

function verdict({ tunnel, crossSubnet }: Encapsulation, subnet: string): string {
  if (tunnel === undefined) return 'accept;'
  if (tunnel === 'vxlan') return 'reject;'
  const crossing = crossSubnet ? ` && bgp_next_hop !~ ${subnet}` : ''
  const through = `{ ifname = "${TUNNEL}"; onlink = true; gw = bgp_next_hop; }`
  return `if source = RTS_BGP${crossing} then ${through} accept;`
}
