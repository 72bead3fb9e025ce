import { networkInterfaces } from 'node:os'
import { contains, parseCidr, type Cidr } from '../../net/cidr.ts'
import { formatIPv4, parseIPv4 } from '../../net/ipv4.ts'
import type { Topology } from '../../machine/topology.ts'

/** Private ranges, those first that look most like a lab's own: what Docker itself gives out, then others. */
function* candidates(prefix: number): Generator<string> {
  for (let n = 18; n <= 31; n++) yield `172.${n}.0.0/${prefix}`
  for (let n = 200; n <= 250; n++) yield `10.${n}.0.0/${prefix}`
  for (let n = 200; n <= 250; n++) yield `192.168.${n}.0/${Math.max(prefix, 24)}`
}

export const overlap = (a: string, b: string): boolean => contains(a, b) || contains(b, a)

/** Ranges to try for a network, itself first, without those that are known to be taken. */
export function* freeRanges(wanted: string, taken: readonly string[]): Generator<string> {
  const { prefix } = parseCidr(wanted) ?? { prefix: 24 }
  for (const range of [wanted, ...candidates(prefix)])
    if (!taken.some((other) => overlap(range, other))) yield range
}

/** Ranges that this computer is in, which matter where the daemon is here too. */
export function rangesHere(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).flatMap(({ family, cidr }) => (family === 'IPv4' && cidr ? [cidr] : [])),
  )
}

/**
 * A topology whose networks are somewhere else, each address in its place.
 * @param subnets of its networks, in their order
 */
export function movedTo(topology: Topology, subnets: readonly string[]): Topology {
  const ranges = topology.networks.map(({ subnet }, index) => ({
    from: parseCidr(subnet),
    to: parseCidr(subnets[index] ?? subnet),
  }))
  const moved = (address: string) => {
    const range = ranges.find(({ from }) => from && contains(from, address))
    return range?.from && range.to ? formatIPv4(placeIn(range.to, range.from, address)) : address
  }
  return {
    name: topology.name,
    networks: topology.networks.map((network, index) => ({
      ...network,
      subnet: subnets[index] ?? network.subnet,
      gateway: moved(network.gateway),
    })),
    machines: topology.machines.map(({ router, ...machine }) => ({
      ...machine,
      address: moved(machine.address),
      ...(router ? { router: { ...router, addresses: router.addresses.map(moved) } } : {}),
    })),
  }
}

const placeIn = (to: Cidr, from: Cidr, address: string): number =>
  to.network + ((parseIPv4(address) ?? 0) - from.network)
