import { contains } from '../net/cidr.ts'

/** Which machines there are and how they are wired: pure data, the same for every driver. */
export interface Topology {
  /** The lab's id; names the holder, the containers or the VM. */
  readonly name: string
  /** Segments of the underlay. What is in two of them meets at their gateways only. */
  readonly networks: readonly NetworkSpec[]
  /** Nodes, then routers. */
  readonly machines: readonly MachineSpec[]
}

export interface NetworkSpec {
  readonly name: string
  /** Such as 172.19.0.0/24. */
  readonly subnet: string
  /** The machines' default gateway: a router's address, or else the host's side of the segment. */
  readonly gateway: string
}

export interface MachineSpec {
  /** Hostname, such as node0. */
  readonly name: string
  /** Address of eth0, without prefix length. */
  readonly address: string
  /** Of a machine that routes between networks and is no node of a cluster. */
  readonly router?: RouterSpec | undefined
}

export interface RouterSpec {
  /** Of eth0, eth1, …, each in a network of its own, without prefix length. */
  readonly addresses: readonly string[]
  /** On lo, as a /32, and BIRD's router id: there whichever cable is cut. */
  readonly loopback?: string | undefined
  /** Number of the autonomous system that it speaks BGP for. */
  readonly as?: number | undefined
}

/** The machines that a cluster may have as nodes. */
export function nodesOf({ machines }: Pick<Topology, 'machines'>): MachineSpec[] {
  return machines.filter(({ router }) => !router)
}

/** The network that an address is in. @throws Error when there is none: labs are checked before they run. */
export function networkOf({ networks }: Pick<Topology, 'networks'>, address: string): NetworkSpec {
  const network = networks.find(({ subnet }) => contains(subnet, address))
  if (!network) throw new Error(`no network has ${address}`)
  return network
}

/** A cable of a machine. */
export interface Cable {
  /** Its end in the machine: eth0, eth1 … */
  readonly device: string
  readonly address: string
  readonly network: NetworkSpec
}

export function cablesOf(topology: Pick<Topology, 'networks'>, machine: MachineSpec): Cable[] {
  const addresses = machine.router?.addresses ?? [machine.address]
  return addresses.map((address, index) => ({
    device: `eth${index}`,
    address,
    network: networkOf(topology, address),
  }))
}
