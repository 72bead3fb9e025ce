import { parseCidr } from '../../net/cidr.ts'
import { parseIPv4 } from '../../net/ipv4.ts'
import type { MachineSpec, Topology } from '../../machine/topology.ts'

/** The underlay as lines for `ip -batch`. */

const BRIDGE = 'underlay'

/** The MAC that Docker gives a container with this address: the same machine has the same one every time. */
export function macFor(address: string): string {
  const value = parseIPv4(address) ?? 0
  return [
    '02',
    '42',
    ...[24, 16, 8, 0].map((shift) => ((value >>> shift) & 0xff).toString(16).padStart(2, '0')),
  ].join(':')
}

function prefixLength(topology: Topology): number {
  return parseCidr(topology.network.subnet)?.prefix ?? 24
}

/** Where the holder pins a machine's network namespace. */
export function netnsPath(machine: string): string {
  return `/run/netns/${machine}`
}

/** In the holder's network: the machine's namespace. */
export function namespaceLines(machine: MachineSpec): string[] {
  return [`netns add ${machine.name}`]
}

/** In the holder's network: the bridge that machines are plugged into. */
export function bridgeLines(topology: Topology): string[] {
  return [
    'link set lo up',
    `link add ${BRIDGE} type bridge mcast_snooping 0`,
    `addr add ${topology.network.gateway}/${prefixLength(topology)} dev ${BRIDGE}`,
    `link set ${BRIDGE} up`,
  ]
}

/** In the holder's network: the cable from the bridge to a machine's eth0. */
export function cableLines(machine: MachineSpec): string[] {
  return [
    `link add ${machine.name} type veth peer name eth0 address ${macFor(machine.address)} netns ${machine.name}`,
    `link set ${machine.name} master ${BRIDGE} up`,
  ]
}

/** In the machine's network. */
export function machineLines(machine: MachineSpec, topology: Topology): string[] {
  return [
    'link set lo up',
    `addr add ${machine.address}/${prefixLength(topology)} brd + dev eth0`,
    'link set eth0 up',
    `route add default via ${topology.network.gateway} dev eth0`,
  ]
}
