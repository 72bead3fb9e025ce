import { addressAt, parseCidr } from '../../net/cidr.ts'
import { flannelFiles } from './files.ts'
import { type Backend, type Lease, VNI } from './lease.ts'
import { DEVICE, type NetworkState, type Vtep } from './network-state.ts'
import { flannelRules } from './rules.ts'

export interface Network {
  readonly backend: Backend
  /** Of all pods: 10.42.0.0/16. */
  readonly podNetwork: string
  /** The device to the other nodes, and its MTU. */
  readonly underlay: string
  readonly underlayMTU: number
}

/** flannel's, which is Linux's before IANA gave VXLAN 4789. */
const PORT = 8472
/** Outer Ethernet, IPv4, UDP and VXLAN headers. */
const OVERHEAD = 50

/** What a node's network should be, given its own lease and those of the others. */
export function planNetwork(network: Network, own: Lease, others: readonly Lease[]): NetworkState {
  const { backend, podNetwork, underlay } = network
  const mtu = network.underlayMTU - (backend === 'vxlan' ? OVERHEAD : 0)
  const shared = {
    rules: flannelRules(podNetwork, own.podCIDR),
    files: flannelFiles({ podNetwork, podCIDR: own.podCIDR, mtu, backend }),
  }
  if (backend === 'host-gw') {
    const routes = new Map(others.map((other) => [other.podCIDR, `via ${other.publicIP} dev ${underlay}`]))
    return { ...shared, device: undefined, routes, neighbours: new Map(), fdb: new Map() }
  }
  return {
    ...shared,
    device: vtep(network, own, mtu),
    // The gateway is the other VTEP's address, which lies behind the tunnel itself: onlink says that this is so.
    routes: new Map(others.map((other) => [other.podCIDR, `via ${vtepIP(other)} dev ${DEVICE} onlink`])),
    neighbours: new Map(others.map((other) => [vtepIP(other), other.vtepMac ?? ''])),
    fdb: new Map(others.map((other) => [other.vtepMac ?? '', other.publicIP])),
  }
}

function vtep(network: Network, own: Lease, mtu: number): Vtep {
  return {
    mac: own.vtepMac ?? '',
    address: `${vtepIP(own)}/32`,
    vni: VNI,
    local: own.publicIP,
    underlay: network.underlay,
    port: PORT,
    mtu,
    up: true,
  }
}

/** The first address of the podCIDR, which no pod gets. */
function vtepIP(lease: Lease): string {
  const subnet = parseCidr(lease.podCIDR)
  return subnet ? addressAt(subnet, 0) : ''
}
