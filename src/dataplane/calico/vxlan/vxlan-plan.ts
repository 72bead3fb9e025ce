import { createHash } from 'node:crypto'
import { addressAt, contains, formatCidr, parseCidr } from '../../../net/cidr.ts'
import type { Speaker } from '../bgp/speaker.ts'
import type { Encapsulation, PoolRoutes } from '../encapsulation.ts'
import type { IPAMBlock } from '../resources.ts'
import { BLACKHOLE, DEVICE, FELIX_PROTOCOL, type VxlanDevice, type VxlanState } from './vxlan-state.ts'

export interface VxlanWishes {
  readonly own: Speaker
  readonly speakers: readonly Speaker[]
  readonly pools: readonly PoolRoutes[]
  readonly blocks: readonly IPAMBlock[]
  /** Without its MAC, which the node's name gives. */
  readonly device: Omit<VxlanDevice, 'mac' | 'local'>
}

/**
 * What a node needs to reach the pods of others through VXLAN: routes to blocks, and to single addresses of them that another node has
 * borrowed. Upstream: felix, L3RouteResolver, VXLANResolver and vxlanManager.
 */
export function planVxlan({ own, speakers, pools, blocks, device }: VxlanWishes): VxlanState {
  const others = speakers.filter(({ name, tunnels }) => name !== own.name && tunnels.vxlan !== undefined)
  const routes = blocks.flatMap((block) => {
    const pool = pools.find(({ cidr }) => contains(cidr, block.spec.cidr))
    return pool ? blockRoutes(block, pool, own, speakers, device.underlay) : []
  })
  return {
    device: { ...device, mac: vtepMac(own), local: own.address },
    routes: new Map(routes),
    neighbours: new Map(others.map((other) => [other.tunnels.vxlan ?? '', vtepMac(other)])),
    fdb: new Map(others.map((other) => [vtepMac(other), other.address])),
  }
}

/** The same wherever it is asked for, so that nodes need not tell it each other. Upstream: felix calc, vtepMACForHost. */
export function vtepMac({ name, vxlanMac }: Pick<Speaker, 'name' | 'vxlanMac'>): string {
  if (vxlanMac) return vxlanMac
  const hash = createHash('sha1').update(name).digest('hex').slice(0, 10)
  return `66${hash}`.replaceAll(/(..)(?=.)/g, '$1:')
}

function blockRoutes(
  { spec }: IPAMBlock,
  pool: PoolRoutes,
  own: Speaker,
  speakers: readonly Speaker[],
  underlay: string,
): [string, string][] {
  const cidr = parseCidr(spec.cidr)
  if (!cidr) return []
  const home = spec.affinity?.replace(/^host:/, '')
  const borrowed = spec.allocations.flatMap((attribute, ordinal): [string, string | undefined][] => {
    const holder = attribute === null ? undefined : spec.attributes[attribute]?.secondary?.['node']
    return holder === undefined || holder === home ? [] : [[addressAt(cidr, ordinal), holder]]
  })
  return [[formatCidr(cidr), home] as const, ...borrowed].flatMap(([to, name]): [string, string][] => {
    if (name === own.name) return to === formatCidr(cidr) ? ownBlock(to, pool) : []
    const other = speakers.find((one) => one.name === name)
    const how = other && pathTo(other, pool, own, underlay)
    return how ? [[to, how]] : []
  })
}

function ownBlock(cidr: string, { encapsulation }: PoolRoutes): [string, string][] {
  return encapsulation.tunnel === 'vxlan' ? [[cidr, BLACKHOLE]] : []
}

/** Undefined for what is BIRD's, and for nodes that nobody knows the tunnel of. */
function pathTo(other: Speaker, pool: PoolRoutes, own: Speaker, underlay: string): string | undefined {
  const { tunnel, crossSubnet }: Encapsulation = pool.late.get(other.address) ?? pool.encapsulation
  if (tunnel !== 'vxlan') return undefined
  if (crossSubnet && contains(`${own.address}/${own.prefix}`, other.address))
    return `via ${other.address} dev ${underlay} proto ${FELIX_PROTOCOL} onlink`
  return other.tunnels.vxlan && `via ${other.tunnels.vxlan} dev ${DEVICE} onlink`
}
