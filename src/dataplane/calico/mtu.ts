import type { Tunnel } from './encapsulation.ts'

/** How large packets may be: in each tunnel, and of pods. */
export interface Mtus extends Readonly<Record<Tunnel, number>> {
  readonly pods: number
}

/** Bytes of an outer header: IPv4; IPv4, UDP, VXLAN and Ethernet. */
const OVERHEAD: Readonly<Record<Tunnel, number>> = { ipip: 20, vxlan: 50 }

/**
 * Upstream: felix dataplane/linux, ConfigureDefaultMTUs and determinePodMTU.
 * @param host what the node's own devices let through
 * @param asked what somebody has asked for; 0 or absent: as large as fits
 * @param tunnels those in use: pods' packets fit into all of them
 */
export function mtusOf(
  host: number,
  asked: Readonly<Partial<Record<Tunnel, number>>>,
  tunnels: ReadonlySet<Tunnel>,
): Mtus {
  const ipip = asked.ipip || host - OVERHEAD.ipip
  const vxlan = asked.vxlan || host - OVERHEAD.vxlan
  const inUse = [tunnels.has('ipip') ? ipip : host, tunnels.has('vxlan') ? vxlan : host]
  return { ipip, vxlan, pods: Math.min(...inUse) }
}
