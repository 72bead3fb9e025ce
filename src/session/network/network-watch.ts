/** An interface of a machine, as its kernel has it. */
export interface MapInterface {
  readonly name: string
  /** `ip -d link`'s kind (veth, bridge, vxlan, ipip, tun …), `loopback`, or `physical` for the machine's cable. */
  readonly kind: string
  readonly up: boolean
  readonly mtu: number
  readonly mac?: string | undefined
  /** With prefix lengths. */
  readonly addresses: readonly string[]
  /** Bridge that it is a port of. */
  readonly master?: string | undefined
  /** `local` is the VTEP's address on the underlay, `device` what carries the tunnel. */
  readonly vxlan?:
    | {
        readonly id: number
        readonly port: number
        readonly local?: string | undefined
        readonly device?: string | undefined
      }
    | undefined
  /** The other end of a veth; without `netns` it is on the same machine. Addresses have prefix lengths. */
  readonly peer?:
    | { readonly device: string; readonly netns?: string | undefined; readonly addresses: readonly string[] }
    | undefined
  /** Pod at the other end of a veth. */
  readonly pod?: { readonly namespace: string; readonly name: string; readonly ip: string } | undefined
  /** Packets. */
  readonly received: number
  readonly sent: number
  /** Packets within the last second. */
  readonly receivedLately: number
  readonly sentLately: number
}

export interface MapRoute {
  readonly destination: string
  readonly via?: string | undefined
  readonly device?: string | undefined
  /** Of a route with several ways, instead of via and device. */
  readonly ways?:
    | readonly { readonly via?: string | undefined; readonly device?: string | undefined }[]
    | undefined
  /** blackhole, unreachable …; absent for plain routes. */
  readonly type?: string | undefined
  /** Of a routing daemon's or a plugin's: bird, 80 …; absent for the kernel's own and those that people write. */
  readonly protocol?: string | undefined
  readonly flags: readonly string[]
}

export interface MapMachine {
  readonly name: string
  /** Of a router, that of its loopback where it has one. */
  readonly address: string
  readonly router: boolean
  /** Which interface is plugged into which network, as it should be: the interface may be gone. */
  readonly cables: readonly { readonly device: string; readonly network: string }[]
  /** Why it could not be looked at. */
  readonly problem?: string | undefined
  readonly interfaces: readonly MapInterface[]
  readonly routes: readonly MapRoute[]
}

/** A segment of the underlay. */
export interface MapNetwork {
  readonly name: string
  readonly subnet: string
  /** The machines' default gateway: a router's address, or else the host's side of the segment. */
  readonly gateway: string
}

export interface NetworkMap {
  readonly networks: readonly MapNetwork[]
  /** As they stand side by side: those of a network together, and a router where its first network ends. */
  readonly machines: readonly MapMachine[]
}

/** The network of a lab as it is now. */
export interface NetworkWatch {
  /** undefined until each machine was looked at once. Replaced, never changed. */
  readonly map: NetworkMap | undefined
  /** While anybody listens, packets are counted once a second. Returns what ends the listening. */
  onChange(listener: () => void): () => void
}
