import { contains } from '../../net/cidr.ts'
import type { Speaker } from './bgp/speaker.ts'
import type { BlockAffinity, IPPool } from './resources.ts'

export type Tunnel = 'ipip' | 'vxlan'

/** How packets to a pool's addresses travel from node to node. */
export interface Encapsulation {
  /** Undefined: as they are. */
  readonly tunnel: Tunnel | undefined
  /** In the tunnel only to nodes of another subnet. */
  readonly crossSubnet: boolean
}

/** A pool as one node's routes are to have it. */
export interface PoolRoutes {
  readonly cidr: string
  readonly encapsulation: Encapsulation
  /** Nodes that can't take packets in that way yet, by address: packets to them travel as they did before. */
  readonly late: ReadonlyMap<string, Encapsulation>
  /** Nobody outside is told of it. */
  readonly hidden: boolean
}

/** Of two modes VXLAN wins, as in upstream's template; calicoctl refuses to set both. */
export function encapsulationOf({ spec }: IPPool): Encapsulation {
  const { vxlanMode = 'Never', ipipMode = 'Never' } = spec
  if (vxlanMode !== 'Never') return { tunnel: 'vxlan', crossSubnet: vxlanMode === 'CrossSubnet' }
  if (ipipMode !== 'Never') return { tunnel: 'ipip', crossSubnet: ipipMode === 'CrossSubnet' }
  return { tunnel: undefined, crossSubnet: false }
}

/**
 * Each pool's routes from a node. When a pool's mode has changed, a node goes over to the new one for each other node as soon as that
 * one has a tunnel to take packets in: so that none is lost, where real Calico has a gap of seconds.
 * @param before how pools were routed when every node was ready, by CIDR
 */
export function poolRoutes(
  own: Speaker,
  view: {
    readonly speakers: readonly Speaker[]
    readonly pools: readonly IPPool[]
    readonly affinities: readonly BlockAffinity[]
  },
  before: ReadonlyMap<string, Encapsulation>,
): PoolRoutes[] {
  return view.pools.map((pool) => {
    const { cidr } = pool.spec
    const encapsulation = encapsulationOf(pool)
    const { tunnel } = encapsulation
    const previous = before.get(cidr)
    const isLate = (other: Speaker) =>
      other.name !== own.name &&
      tunnel !== undefined &&
      other.tunnels[tunnel] === undefined &&
      view.affinities.some(({ spec }) => spec.node === other.name && contains(cidr, spec.cidr))
    const late = previous && previous.tunnel !== tunnel ? view.speakers.filter(isLate) : []
    return {
      cidr,
      encapsulation,
      late: new Map(late.flatMap(({ address }) => (previous ? [[address, previous]] : []))),
      hidden: pool.spec.disableBGPExport ?? false,
    }
  })
}

/** What {@link poolRoutes} wants to know the next time. */
export function settledRoutes(
  routes: readonly PoolRoutes[],
  before: ReadonlyMap<string, Encapsulation>,
): Map<string, Encapsulation> {
  return new Map(
    routes.map(({ cidr, encapsulation, late }) => [
      cidr,
      late.size === 0 ? encapsulation : (before.get(cidr) ?? encapsulation),
    ]),
  )
}

/** The tunnels that a node needs for them. */
export function tunnelsFor(routes: readonly PoolRoutes[]): Set<Tunnel> {
  const all = routes.flatMap(({ encapsulation, late }) => [encapsulation, ...late.values()])
  return new Set(all.flatMap(({ tunnel }) => tunnel ?? []))
}
