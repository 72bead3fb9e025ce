/** Which machines there are and how they are wired: pure data, the same for every driver. */
export interface Topology {
  /** The lab's id; names the holder, the containers or the VM. */
  readonly name: string
  readonly network: {
    /** The underlay, such as 172.19.0.0/24. */
    readonly subnet: string
    /** The host's side of the underlay and the machines' default gateway. */
    readonly gateway: string
  }
  readonly machines: readonly MachineSpec[]
}

export interface MachineSpec {
  /** Hostname, such as node0. */
  readonly name: string
  /** Address of eth0, without prefix length. */
  readonly address: string
}
