import { isIPv4 } from 'node:net'
import type { Node } from '../../kube/objects.ts'
import { parseCidr } from '../../net/cidr.ts'
import { isMac } from '../../net/mac.ts'

export type Backend = 'vxlan' | 'host-gw'

/** VXLAN network identifier: flannel's default, which also names the device flannel.1. */
export const VNI = 1

/** A node's part of the pod network, and how the others reach it. */
export interface Lease {
  readonly podCIDR: string
  readonly publicIP: string
  /** The MAC of its flannel.1; only with VXLAN. */
  readonly vtepMac?: string | undefined
}

const PREFIX = 'flannel.alpha.coreos.com'
const BACKEND_DATA = `${PREFIX}/backend-data`
const BACKEND_TYPE = `${PREFIX}/backend-type`
const MANAGED = `${PREFIX}/kube-subnet-manager`
const PUBLIC_IP = `${PREFIX}/public-ip`

/** What flannel writes on its own Node. Upstream: pkg/subnet/kube/kube.go. */
export function annotationsOf(lease: Lease, backend: Backend): Record<string, string> {
  return {
    [BACKEND_DATA]: lease.vtepMac ? JSON.stringify({ VNI, VtepMAC: lease.vtepMac }) : 'null',
    [BACKEND_TYPE]: backend,
    [MANAGED]: 'true',
    [PUBLIC_IP]: lease.publicIP,
  }
}

/** The lease that a Node tells of, or undefined while it has no podCIDR or no flannel of this backend. */
export function leaseOf(node: Node, backend: Backend): Lease | undefined {
  const annotations = node.metadata.annotations ?? {}
  const podCIDR = node.spec?.podCIDR
  const publicIP = annotations[PUBLIC_IP]
  if (annotations[MANAGED] !== 'true' || annotations[BACKEND_TYPE] !== backend) return undefined
  // Anyone may edit a Node, and these go into commands.
  if (!podCIDR || !parseCidr(podCIDR) || !publicIP || !isIPv4(publicIP)) return undefined
  if (backend === 'host-gw') return { podCIDR, publicIP }
  const vtepMac = vtepMacOf(node)
  return vtepMac ? { podCIDR, publicIP, vtepMac } : undefined
}

/** Whether some flannel has been on the node before. */
export function wasAnnotated(node: Node): boolean {
  return node.metadata.annotations?.[MANAGED] !== undefined
}

/** The MAC a Node's annotation names: a flannel that starts again keeps it. */
export function vtepMacOf(node: Node): string | undefined {
  try {
    const data: unknown = JSON.parse(node.metadata.annotations?.[BACKEND_DATA] ?? 'null')
    const mac = (data as { VtepMAC?: unknown } | null)?.VtepMAC
    return typeof mac === 'string' && isMac(mac) ? mac : undefined
  } catch {
    return undefined
  }
}
