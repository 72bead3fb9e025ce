import type { IpSet } from '../felix/active.ts'
import { setName } from './names.ts'
import type { Surroundings } from './surroundings.ts'

export const ALL_HOSTS = 'all-hosts-net'
export const ALL_VXLAN_HOSTS = 'all-vxlan-net'
export const ALL_POOLS = 'all-ipam-pools'
export const MASQUERADED_POOLS = 'masq-ipam-pools'
const THIS_HOST = 'this-host'

/** An ipset of the kernel. */
export interface KernelSet {
  readonly name: string
  /** hash:net, hash:ip or hash:ip,port. */
  readonly type: string
  /** As `ipset save` prints them. */
  readonly members: ReadonlySet<string>
}

const TYPES: Readonly<Record<IpSet['type'], string>> = { net: 'hash:net', 'ip,port': 'hash:ip,port' }

/**
 * All that a node needs, in the order in which members may be added, and removed backwards: a pool is known before it is masqueraded.
 * Upstream: felix/dataplane/linux, masq_mgr.go, hostip_mgr.go, ipip_mgr.go, vxlan_mgr.go.
 */
export function kernelSets(around: Surroundings, ipSets: Iterable<IpSet>): KernelSet[] {
  const { pools } = around
  const own: IpSet[] = [
    net(
      ALL_POOLS,
      pools.map(({ cidr }) => cidr),
    ),
    net(
      MASQUERADED_POOLS,
      pools.filter(({ natOutgoing }) => natOutgoing).map(({ cidr }) => cidr),
    ),
    ...(around.ipip ? [net(ALL_HOSTS, around.hosts)] : []),
    ...(around.vxlan ? [net(ALL_VXLAN_HOSTS, around.vxlanHosts)] : []),
  ]
  const thisHost = { name: setName(THIS_HOST), type: 'hash:ip', members: new Set(around.ownAddresses) }
  return [thisHost, ...[...own, ...ipSets].map(kernelSet)]
}

function net(id: string, members: readonly string[]): IpSet {
  return { id, type: 'net', members: new Set(members) }
}

function kernelSet({ id, type, members }: IpSet): KernelSet {
  return { name: setName(id), type: TYPES[type], members: new Set([...members].flatMap(asKernelPrints)) }
}

/** hash:net leaves out /32, and knows no /0. */
function asKernelPrints(member: string): string[] {
  if (member === '0.0.0.0/0') return ['0.0.0.0/1', '128.0.0.0/1']
  return [member.endsWith('/32') ? member.slice(0, -3) : member]
}
