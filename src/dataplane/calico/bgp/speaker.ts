import { isIPv4 } from 'node:net'
import type { Node } from '../../../kube/objects.ts'
import { isMac } from '../../../net/mac.ts'
import type { Tunnel } from '../encapsulation.ts'

/** A node as a BGP speaker: what its Calico has written on its Node object. */
export interface Speaker {
  readonly name: string
  readonly address: string
  /** Prefix length of the network that the address is in. */
  readonly prefix: number
  /** Its own autonomous system's number; undefined for the cluster's. */
  readonly asNumber: number | undefined
  /** With one it is a route reflector. */
  readonly clusterID: string | undefined
  readonly labels: Readonly<Record<string, string>>
  /** Addresses of the tunnels that it takes packets in. */
  readonly tunnels: Readonly<Partial<Record<Tunnel, string>>>
  /** Of its VXLAN device, where somebody has said another one than its name gives. */
  readonly vxlanMac: string | undefined
}

const PREFIX = 'projectcalico.org'

/** In which a node tells of its tunnels. */
export const TUNNEL_ANNOTATIONS: Readonly<Record<Tunnel, string>> = {
  ipip: `${PREFIX}/IPv4IPIPTunnelAddr`,
  vxlan: `${PREFIX}/IPv4VXLANTunnelAddr`,
}

/** Undefined while no Calico runs there. Upstream: libcalico-go, node conversion. */
export function speakerOf({ metadata }: Node): Speaker | undefined {
  const notes = metadata.annotations ?? {}
  const [address = '', prefix = '32'] = (notes[`${PREFIX}/IPv4Address`] ?? '').split('/')
  // Anyone may edit a Node, and these go into BIRD's configuration and into ip's.
  if (!isIPv4(address) || !/^\d+$/.test(prefix)) return undefined
  const clusterID = notes[`${PREFIX}/RouteReflectorClusterID`] ?? ''
  const mac = notes[`${PREFIX}/VXLANTunnelMACAddr`] ?? ''
  return {
    name: metadata.name,
    address,
    prefix: Number(prefix),
    asNumber: Number(notes[`${PREFIX}/ASNumber`]) || undefined,
    clusterID: isIPv4(clusterID) ? clusterID : undefined,
    labels: metadata.labels ?? {},
    tunnels: { ...tunnelIn(notes, 'ipip'), ...tunnelIn(notes, 'vxlan') },
    vxlanMac: isMac(mac) ? mac : undefined,
  }
}

function tunnelIn(notes: Readonly<Record<string, string>>, tunnel: Tunnel): Speaker['tunnels'] {
  const address = notes[TUNNEL_ANNOTATIONS[tunnel]] ?? ''
  return isIPv4(address) ? { [tunnel]: address } : {}
}

/** What a node's Calico writes of its address. */
export function addressAnnotation(address: string, prefix: number): Record<string, string> {
  return { [`${PREFIX}/IPv4Address`]: `${address}/${prefix}` }
}
