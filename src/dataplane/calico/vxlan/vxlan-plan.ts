import { createHash } from 'node:crypto'
import { addressAt, contains, formatCidr, parseCidr } from '../../../net/cidr.ts'
import type { Speaker } from '../bgp/speaker.ts'
import type { PoolRoutes } from '../encapsulation.ts'
import type { IPAMBlock } from '../resources.ts'
import { TUNNEL } from '../tunnel/ipip-tunnel.ts'
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
export function planVxlan(wishes: VxlanWishes): VxlanState {
  const { own, speakers, device } = wishes
  const others = speakers.filter(({ name, tunnels }) => name !== own.name && tunnels.vxlan !== undefined)
  return {
    device: { ...device, mac: vtepMac(own), local: own.address },
    routes: routesBy(wishes, 'felix'),
    neighbours: new Map(others.map((other) => [other.tunnels.vxlan ?? '', vtepMac(other)])),
    fdb: new Map(others.map((other) => [vtepMac(other), other.address])),
  }
}

/** The routes of blocks that are not in VXLAN any more, as BIRD is going to write them: so that none is missing meanwhile. */
export function routesOfBird(wishes: VxlanWishes): Map<string, string> {
  return routesBy(wishes, 'bird')
}

/** The same wherever it is asked for, so that nodes need not tell it each other. Upstream: felix calc, vtepMACForHost. */
export function vtepMac({ name, vxlanMac }: Pick<Speaker, 'name' | 'vxlanMac'>): string {
  if (vxlanMac) return vxlanMac
  const hash = createHash('sha1').update(name).digest('hex').slice(0, 10)
  return `66${hash}`.replaceAll(/(..)(?=.)/g, '$1:')
}

function routesBy(wishes: VxlanWishes, who: 'felix' | 'bird'): Map<string, string> {
  const { own, speakers, pools, blocks } = wishes
  const routes = blocks.flatMap(({ spec }) => {
    const pool = pools.find(({ cidr }) => contains(cidr, spec.cidr))
    if (!pool) return []
    return destinations(spec, who).flatMap(({ to, node }): [string, string][] => {
      const other = speakers.find(({ name }) => name === node)
      const how = other && (other === own ? ownRoute(to, pool, who) : routeTo(other, pool, wishes, who))
      return how ? [[to, how]] : []
    })
  })
  return new Map(routes)
}

/** A block is its node's, but for the addresses that others have borrowed; in VXLAN, for their pods: Felix' REMOTE_WORKLOAD. */
function destinations(
  spec: IPAMBlock['spec'],
  who: 'felix' | 'bird',
): { to: string; node: string | undefined }[] {
  const cidr = parseCidr(spec.cidr)
  if (!cidr) return []
  const home = spec.affinity?.replace(/^host:/, '')
  const borrowed = spec.allocations.flatMap((attribute, ordinal) => {
    const { node, type } = (attribute !== null && spec.attributes[attribute]?.secondary) || {}
    const isTunnel = type?.endsWith('TunnelAddress')
    return node === undefined || node === home || (isTunnel && who === 'felix')
      ? []
      : [{ to: addressAt(cidr, ordinal), node }]
  })
  return [{ to: formatCidr(cidr), node: home }, ...borrowed]
}

/** Addresses that a node has borrowed have their pods' routes. */
function ownRoute(to: string, { encapsulation }: PoolRoutes, who: 'felix' | 'bird'): string | undefined {
  if (!to.includes('/')) return undefined
  return (encapsulation.tunnel === 'vxlan') === (who === 'felix') ? BLACKHOLE : undefined
}

/** Undefined for what is somebody else's, and for nodes that nobody knows the way to. */
function routeTo(
  other: Speaker,
  pool: PoolRoutes,
  { own, device }: VxlanWishes,
  who: 'felix' | 'bird',
): string | undefined {
  const { tunnel, crossSubnet } = pool.late.get(other.address) ?? pool.encapsulation
  if ((tunnel === 'vxlan') !== (who === 'felix')) return undefined
  const isNear = contains(`${own.address}/${own.prefix}`, other.address)
  const near = isNear ? `via ${other.address} dev ${device.underlay}` : undefined
  if (tunnel === undefined) return near
  if (crossSubnet && near) return who === 'felix' ? `${near} proto ${FELIX_PROTOCOL} onlink` : near
  if (tunnel === 'ipip') return `via ${other.address} dev ${TUNNEL} onlink`
  return other.tunnels.vxlan && `via ${other.tunnels.vxlan} dev ${DEVICE} onlink`
}
