import { formatCidr, parseCidr } from '../../../net/cidr.ts'
import { formatIPv4 } from '../../../net/ipv4.ts'
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
 * All sets that a node needs, in the order in which members may be added, and removed backwards: a pool is known before it is
 * masqueraded. Remembers those of rules for as long as these are the same objects. Upstream: felix/dataplane/linux, masq_mgr.go,
 * hostip_mgr.go, ipip_mgr.go, vxlan_mgr.go.
 */
export function setRenderer(): (around: Surroundings, ipSets: Iterable<IpSet>) => KernelSet[] {
  const known = new WeakMap<IpSet, KernelSet>()
  return (around, ipSets) => [...nodeSets(around), ...[...ipSets].map(remembered)]

  function remembered(ipSet: IpSet): KernelSet {
    const set = known.get(ipSet) ?? kernelSet(ipSet)
    known.set(ipSet, set)
    return set
  }
}

function nodeSets(around: Surroundings): KernelSet[] {
  const { pools } = around
  const masqueraded = pools.filter(({ natOutgoing }) => natOutgoing)
  return [
    { name: setName(THIS_HOST), type: 'hash:ip', members: new Set(around.ownAddresses) },
    net(
      ALL_POOLS,
      pools.map(({ cidr }) => cidr),
    ),
    net(
      MASQUERADED_POOLS,
      masqueraded.map(({ cidr }) => cidr),
    ),
    ...(around.ipip ? [net(ALL_HOSTS, around.hosts)] : []),
    ...(around.vxlan ? [net(ALL_VXLAN_HOSTS, around.vxlanHosts)] : []),
  ]
}

function net(id: string, members: readonly string[]): KernelSet {
  return kernelSet({ id, type: 'net', members: new Set(members) })
}

function kernelSet({ id, type, members }: IpSet): KernelSet {
  const printed = type === 'net' ? new Set([...members].flatMap(asKernelPrints)) : members
  return { name: setName(id), type: TYPES[type], members: printed }
}

/** hash:net leaves out /32 and host bits, and knows no /0. */
function asKernelPrints(member: string): string[] {
  const cidr = parseCidr(member)
  if (!cidr) return []
  if (cidr.prefix === 0) return ['0.0.0.0/1', '128.0.0.0/1']
  return [cidr.prefix === 32 ? formatIPv4(cidr.network) : formatCidr(cidr)]
}
