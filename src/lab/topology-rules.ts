import { contains, parseCidr } from '../net/cidr.ts'
import { isIPv4 } from '../net/ipv4.ts'
import { topologyOf } from './topology.ts'
import type { TopologySource } from './topology-schema.ts'

type Path = readonly (string | number)[]
/** @param path below `topology` */
type Report = (path: Path, message: string) => void

/** What the schema can't say of a topology: that its addresses are addresses and in its networks, each once. */
export function checkTopology(source: TopologySource, report: Report): void {
  const hasOne = source.subnet !== undefined && source.gateway !== undefined
  const hasAny = source.subnet !== undefined || source.gateway !== undefined
  if (source.networks ? hasAny : !hasOne) {
    report([], 'give either subnet: and gateway:, or networks:')
    return
  }
  checkNetworks(source, report)
  for (const name of Object.keys(source.routers ?? {})) {
    if (name in source.machines) report(['routers', name], `there is a machine "${name}" already`)
  }
  checkAddresses(source, report)
}

function checkNetworks(source: TopologySource, report: Report): void {
  const { networks } = topologyOf(source)
  for (const [index, { name, subnet, gateway }] of networks.entries()) {
    const path = source.networks ? ['networks', name] : []
    if (!parseCidr(subnet)) report([...path, 'subnet'], `${subnet} is no network`)
    else if (!contains(subnet, gateway)) report([...path, 'gateway'], `${gateway} is not in ${subnet}`)
    const other = networks.slice(0, index).find((one) => overlap(one.subnet, subnet))
    if (other) report([...path, 'subnet'], `${subnet} overlaps with ${other.name}'s ${other.subnet}`)
  }
}

const overlap = (one: string, other: string) => contains(one, other) || contains(other, one)

function checkAddresses(source: TopologySource, report: Report): void {
  const { networks } = topologyOf(source)
  const taken = new Map<string, string>()
  const use = (path: Path, address: string, who: string) => {
    const owner = taken.get(address)
    if (owner !== undefined) report(path, `${address} is ${owner}'s already`)
    else if (!isIPv4(address)) report(path, `${address} is no address`)
    taken.set(address, who)
  }
  const place = (path: Path, address: string, who: string) => {
    use(path, address, who)
    const network = networks.find(({ subnet }) => contains(subnet, address))
    if (!network && isIPv4(address)) report(path, `${address} is in none of the networks`)
    return network
  }
  const nodes = Object.entries(source.machines)
  const inUse = new Set(nodes.map(([name, address]) => place(['machines', name], address, name)))
  // Its routes have nodes as gateways, and a gateway must be next door: flannel's documentation asks for one layer 2.
  if (source.cluster === 'flannel-host-gw' && inUse.size > 1) {
    report(['cluster'], 'flannel-host-gw needs all nodes in one network')
  }
  for (const [name, { addresses, loopback }] of Object.entries(source.routers ?? {})) {
    const path = ['routers', name]
    const there = addresses.map((address, n) => place([...path, 'addresses', n], address, name))
    if (new Set(there).size < there.length) report(path, `${name} has two addresses in one network`)
    if (loopback !== undefined) use([...path, 'loopback'], loopback, name)
  }
}
