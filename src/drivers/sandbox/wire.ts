import { parseCidr } from '../../net/cidr.ts'
import { macFor } from '../../net/mac.ts'
import { cablesOf, type MachineSpec, type NetworkSpec, type Topology } from '../../machine/topology.ts'

/** The underlay as lines for `ip -batch`. */

function prefixLength({ subnet }: NetworkSpec): number {
  return parseCidr(subnet)?.prefix ?? 24
}

/** Where the holder pins a machine's network namespace. */
export function netnsPath(machine: string): string {
  return `/run/netns/${machine}`
}

/** In the holder's network: the machine's namespace. */
export function namespaceLines(machine: MachineSpec): string[] {
  return [`netns add ${machine.name}`]
}

/** No name of a machine has a dot in it. */
const bridgeOf = (topology: Topology, network: NetworkSpec) =>
  `underlay.${topology.networks.indexOf(network)}`

/** In the holder's network: the bridges that machines are plugged into, one a network. */
export function bridgeLines(topology: Topology): string[] {
  return ['link set lo up', ...topology.networks.flatMap((network) => segmentLines(topology, network))]
}

/** The holder is the gateway where no router is: of a network with a router it has the cables and no address. */
function segmentLines(topology: Topology, network: NetworkSpec): string[] {
  const bridge = bridgeOf(topology, network)
  const hasRouter = topology.machines.some(({ router }) => router?.addresses.includes(network.gateway))
  return [
    `link add ${bridge} type bridge mcast_snooping 0`,
    ...(hasRouter ? [] : [`addr add ${network.gateway}/${prefixLength(network)} dev ${bridge}`]),
    `link set ${bridge} up`,
  ]
}

/** In the holder's network: the cables from bridges to a machine's eth0, eth1, … */
export function cableLines(machine: MachineSpec, topology: Topology): string[] {
  return cablesOf(topology, machine).flatMap(({ device, address, network }, index) => {
    const end = index === 0 ? machine.name : `${machine.name}.${index}`
    return [
      `link add ${end} type veth peer name ${device} address ${macFor(address)} netns ${machine.name}`,
      `link set ${end} master ${bridgeOf(topology, network)} up`,
    ]
  })
}

/** In the machine's network. */
export function machineLines(machine: MachineSpec, topology: Topology): string[] {
  const cables = cablesOf(topology, machine)
  const loopback = machine.router?.loopback
  return [
    'link set lo up',
    ...(loopback ? [`addr add ${loopback}/32 dev lo`] : []),
    ...cables.flatMap(({ device, address, network }) => [
      `addr add ${address}/${prefixLength(network)} brd + dev ${device}`,
      `link set ${device} up`,
    ]),
    ...defaultRoute(machine, cables[0]?.network),
  ]
}

/** A router is its own gateway in the networks that it serves: then it knows no way on. */
function defaultRoute({ address, router }: MachineSpec, network: NetworkSpec | undefined): string[] {
  if (!network || (router?.addresses ?? [address]).includes(network.gateway)) return []
  return [`route add default via ${network.gateway} dev eth0`]
}
