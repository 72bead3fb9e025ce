/** The part of a node's network that VXLAN pools need. */
export interface VxlanState {
  readonly device: VxlanDevice | undefined
  /** What follows the destination in `ip route`: `via 192.168.104.3 dev vxlan.calico onlink`, or {@link BLACKHOLE}. */
  readonly routes: ReadonlyMap<string, string>
  /** Permanent neighbours on the device: tunnel address → MAC. */
  readonly neighbours: ReadonlyMap<string, string>
  /** Permanent forwarding entries of the device: MAC → the node's address. */
  readonly fdb: ReadonlyMap<string, string>
}

/** vxlan.calico as it is made; none of this can be changed later. */
export interface VxlanDevice {
  readonly mac: string
  readonly vni: number
  readonly port: number
  /** The address and the device that outer packets leave by. */
  readonly local: string
  readonly underlay: string
  readonly address: string
  readonly mtu: number
}

export const DEVICE = 'vxlan.calico'
/** Routing protocol number by which Felix knows its routes that lead to no device of its own. */
export const FELIX_PROTOCOL = 80
/** Of a node's own block: packets to addresses of it that no pod has end here. */
export const BLACKHOLE = 'blackhole'

/** A machine that never was in a VXLAN. */
export const NOTHING: VxlanState = {
  device: undefined,
  routes: new Map(),
  neighbours: new Map(),
  fdb: new Map(),
}
