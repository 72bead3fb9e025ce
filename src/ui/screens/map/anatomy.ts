import type { MapInterface, MapMachine } from '../../../session/network/network-watch.ts'

/** Cables to pods and namespaces, and the bridge that they are plugged into, if any. */
export interface Stack {
  readonly bridge?: MapInterface | undefined
  readonly ports: readonly MapInterface[]
}

/** The parts of a machine's network from its pods down to its cables. */
export interface Anatomy {
  readonly stacks: readonly Stack[]
  /** Tunnels, and whatever else there is. */
  readonly others: readonly MapInterface[]
  readonly cables: readonly MapInterface[]
}

export function anatomyOf({ interfaces }: MapMachine): Anatomy {
  const bridges = interfaces.filter(({ kind }) => kind === 'bridge')
  const veths = interfaces.filter(({ kind }) => kind === 'veth')
  const isPort = ({ master }: MapInterface) => bridges.some(({ name }) => name === master)
  const loose = veths.filter((veth) => !isPort(veth))
  return {
    stacks: [
      ...(loose.length ? [{ ports: loose }] : []),
      ...bridges.map((bridge) => ({ bridge, ports: veths.filter(({ master }) => master === bridge.name) })),
    ],
    others: interfaces.filter(({ kind }) => !['bridge', 'veth', 'physical', 'loopback'].includes(kind)),
    cables: interfaces.filter(({ kind }) => kind === 'physical'),
  }
}
