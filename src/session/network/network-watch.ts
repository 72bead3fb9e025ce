/** An interface of a machine, as its kernel has it. */
export interface MapInterface {
  readonly name: string
  /** `ip -d link`'s kind (veth, bridge, vxlan, ipip, tun …), or `physical` for the machine's cable. */
  readonly kind: string
  readonly up: boolean
  readonly mtu: number
  readonly mac?: string | undefined
  /** With prefix lengths. */
  readonly addresses: readonly string[]
  /** Bridge that it is a port of. */
  readonly master?: string | undefined
  readonly vxlan?: { readonly id: number; readonly port: number } | undefined
  /** Pod at the other end of a veth. */
  readonly pod?: { readonly namespace: string; readonly name: string; readonly ip: string } | undefined
  readonly received: number
  /** Packets. */
  readonly sent: number
}

export interface MapRoute {
  readonly destination: string
  readonly via?: string | undefined
  readonly device?: string | undefined
  /** blackhole, unreachable …; absent for plain routes. */
  readonly type?: string | undefined
  readonly flags: readonly string[]
}

export interface MapMachine {
  readonly name: string
  readonly address: string
  /** Why it could not be looked at. */
  readonly problem?: string | undefined
  readonly interfaces: readonly MapInterface[]
  readonly routes: readonly MapRoute[]
}

export interface NetworkMap {
  readonly machines: readonly MapMachine[]
}

/** The network of a lab as it is now. */
export interface NetworkWatch {
  /** undefined until the first look. */
  readonly map: NetworkMap | undefined
  onChange(listener: () => void): () => void
}
