import type { Pod } from '../../kube/objects.ts'
import { cablesOf, type MachineSpec, type Topology } from '../../machine/topology.ts'
import { addressesOf, type KernelLink, type KernelRoute, kindOf, peerOf } from '../kernel.ts'
import type { Counters } from './counters.ts'
import type { MachineLook } from './machine-look.ts'
import type { MapInterface, MapMachine, MapRoute } from './network-watch.ts'

/** What is known of a machine. */
export interface KnownMachine {
  /** The last look that succeeded; undefined before the first and after one that failed. */
  readonly look: MachineLook | undefined
  readonly problem: string | undefined
  readonly counters: Counters
  /** Packets within the last second. */
  readonly lately: Counters
}

const NONE = { received: 0, sent: 0 }

/** A machine as the map shows it: the kernel's view, with the names that the cluster has for what is in it. */
export function machineMap(
  spec: MachineSpec,
  topology: Pick<Topology, 'networks'>,
  known: KnownMachine,
  pods: readonly Pod[],
): MapMachine {
  const { look, problem } = known
  const cables = cablesOf(topology, spec)
  const devices = new Set(cables.map(({ device }) => device))
  return {
    name: spec.name,
    address: spec.router?.loopback ?? spec.address,
    router: spec.router !== undefined,
    cables: cables.map(({ device, network }) => ({ device, network: network.name })),
    ...(problem !== undefined && { problem }),
    interfaces: (look?.links ?? []).map((link) => mapInterface(link, mapKind(link, devices), known, pods)),
    routes: (look?.routes ?? []).map(mapRoute),
  }
}

function mapInterface(
  link: KernelLink,
  kind: string,
  known: KnownMachine,
  pods: readonly Pod[],
): MapInterface {
  const counted = known.counters.get(link.ifname) ?? NONE
  const lately = known.lately.get(link.ifname) ?? NONE
  const data = link.linkinfo?.info_data
  const end = kind === 'veth' && known.look ? otherEnd(link, known.look) : undefined
  const pod = end && podOf(end.link, pods)
  return {
    name: link.ifname,
    kind,
    up: link.flags.includes('UP'),
    mtu: link.mtu,
    ...(link.address && kind !== 'loopback' && { mac: link.address }),
    addresses: addressesOf(link),
    ...(link.master && { master: link.master }),
    ...(kind === 'vxlan' && {
      vxlan: { id: data?.id ?? 0, port: data?.port ?? 0, local: data?.local, device: data?.link },
    }),
    ...(end && { peer: { device: end.link.ifname, netns: end.netns, addresses: addressesOf(end.link) } }),
    ...(pod && { pod }),
    ...counted,
    receivedLately: lately.received,
    sentLately: lately.sent,
  }
}

/** What cables are made of is the driver's business. */
function mapKind(link: KernelLink, cables: ReadonlySet<string>): string {
  if (link.flags.includes('LOOPBACK')) return 'loopback'
  return cables.has(link.ifname) ? 'physical' : kindOf(link)
}

interface End {
  readonly link: KernelLink
  readonly netns?: string
}

function otherEnd(link: KernelLink, look: MachineLook): End | undefined {
  for (const [netns, inside] of look.namespaces) {
    const peer = peerOf(link, inside)
    if (peer) return { link: peer, netns }
  }
  const peer = link.link_netnsid === undefined ? peerOf(link, look.links) : undefined
  return peer && { link: peer }
}

/** As the `veth` of a pod in a lab's texts: what holds the pod's address is its interface. */
function podOf(end: KernelLink, pods: readonly Pod[]): MapInterface['pod'] {
  const addresses = new Set(end.addr_info.map(({ local }) => local))
  const pod = pods.find(
    ({ status }) =>
      addresses.has(status?.podIP ?? '') && !['Succeeded', 'Failed'].includes(status?.phase ?? ''),
  )
  return (
    pod && {
      namespace: pod.metadata.namespace ?? 'default',
      name: pod.metadata.name,
      ip: pod.status?.podIP ?? '',
    }
  )
}

/** Protocols of routes that the kernel or a person wrote: ip prints them too, but they tell nothing here. */
const PLAIN = new Set([undefined, 'kernel', 'boot', 'static'])

function mapRoute({ dst, gateway, dev, type, flags, protocol, nexthops }: KernelRoute): MapRoute {
  return {
    destination: dst,
    ...(gateway && { via: gateway }),
    ...(dev && { device: dev }),
    ...(nexthops && { ways: nexthops.map((hop) => ({ via: hop.gateway, device: hop.dev })) }),
    ...(type && { type }),
    ...(!PLAIN.has(protocol) && { protocol }),
    flags,
  }
}
