import type { Ruleset } from '../../net/iptables/rule.ts'

/** The part of a machine's network that flannel makes. */
export interface NetworkState {
  /** flannel.1, or nothing with host-gw. */
  readonly device: Vtep | undefined
  /** What follows the destination in `ip route`: `10.42.1.0/24` → `via 10.42.1.0 dev flannel.1 onlink`. */
  readonly routes: ReadonlyMap<string, string>
  /** Permanent neighbours on flannel.1: address → MAC. */
  readonly neighbours: ReadonlyMap<string, string>
  /** Permanent forwarding entries of flannel.1: MAC → the node's address. */
  readonly fdb: ReadonlyMap<string, string>
  readonly rules: Ruleset
  /** Path → content. */
  readonly files: ReadonlyMap<string, string>
}

/** A VXLAN tunnel end point. */
export interface Vtep {
  readonly mac: string
  /** Its own address: the podCIDR's first, as /32. */
  readonly address: string
  readonly vni: number
  /** The address and the device that outer packets leave by. */
  readonly local: string
  readonly underlay: string
  readonly port: number
  readonly mtu: number
  readonly up: boolean
}

export const DEVICE = 'flannel.1'

/** A machine that flannel never ran on. */
export const NOTHING: NetworkState = {
  device: undefined,
  routes: new Map(),
  neighbours: new Map(),
  fdb: new Map(),
  rules: new Map(),
  files: new Map(),
}
