import type { RuleSettings } from './settings.ts'

/** What Felix knows besides policy: of its node, of the others, and of pools. */
export interface Surroundings {
  readonly settings: RuleSettings
  /** All IPv4 pools. */
  readonly pools: readonly { readonly cidr: string; readonly natOutgoing: boolean }[]
  /** Some pool's packets travel in IP-in-IP. */
  readonly ipip: boolean
  /** Some pool's packets travel in VXLAN. */
  readonly vxlan: boolean
  /** Addresses of all nodes. */
  readonly hosts: readonly string[]
  /** Addresses of the other nodes that VXLAN packets come from. */
  readonly vxlanHosts: readonly string[]
  /** This node's own interfaces to tunnels that have their address. */
  readonly tunnels: readonly string[]
  /** This node's own addresses, all of them. */
  readonly ownAddresses: readonly string[]
  /** Of services that BGP tells of: packets to them that are no service's any more would go round in circles. */
  readonly serviceCidrs: readonly string[]
}
