import { quoted } from '../machine/quote.ts'
import type { World } from './world.ts'

/** An interface as `ip -j -d addr` prints it: the fields that labs look at. */
export interface KernelLink {
  readonly ifindex: number
  readonly ifname: string
  readonly mtu: number
  readonly address: string
  readonly flags: readonly string[]
  readonly operstate: string
  readonly master?: string
  /** The other end of a veth: its index, in the namespace that link_netnsid names. */
  readonly link_index?: number
  readonly link_netnsid?: number
  readonly link?: string
  readonly linkinfo?: {
    readonly info_kind?: string
    readonly info_data?: {
      readonly id?: number
      readonly port?: number
      readonly local?: string
      readonly link?: string
    }
  }
  readonly addr_info: readonly {
    readonly family: string
    readonly local: string
    readonly prefixlen: number
  }[]
}

export interface KernelRoute {
  /** Absent for plain (unicast) routes. */
  readonly type?: string
  readonly dst: string
  readonly gateway?: string
  /** Absent where there is nowhere to go: blackhole and the like. */
  readonly dev?: string
  readonly flags: readonly string[]
  readonly prefsrc?: string
  /** Who wrote it: kernel, bird, or a number that has no name. */
  readonly protocol?: string
  /** Of a route with several ways, instead of gateway and dev. */
  readonly nexthops?: readonly { readonly gateway?: string; readonly dev?: string }[]
}

export interface KernelNeighbour {
  readonly dst: string
  readonly dev: string
  readonly lladdr?: string
  readonly state: readonly string[]
}

export interface KernelFdb {
  readonly mac: string
  readonly ifname: string
  readonly dst?: string
  readonly master?: string
  readonly state?: string
}

/** `ip`, or `ip -n <namespace>`. */
const ip = (netns: string | undefined) => (netns === undefined ? 'ip' : `ip -n ${quoted(netns)}`)

/** Puts a command into a named network namespace. */
export const inside = (netns: string | undefined, command: string) =>
  netns === undefined ? command : `ip netns exec ${quoted(netns)} ${command}`

export const links = (world: World, on: string, netns?: string) =>
  world.json<KernelLink>(on, `${ip(netns)} -j -d addr`)

export const routes = (world: World, on: string, netns?: string) =>
  world.json<KernelRoute>(on, `${ip(netns)} -j route`)

export const neighbours = (world: World, on: string, netns?: string) =>
  world.json<KernelNeighbour>(on, `${ip(netns)} -j neigh`)

export const fdb = (world: World, on: string, dev: string) =>
  world.json<KernelFdb>(on, `bridge -j fdb show dev ${quoted(dev)}`)

/** The interfaces of every named network namespace of a machine, by name. */
export async function namespaces(world: World, on: string): Promise<Map<string, KernelLink[]>> {
  const { text } = await world.read(
    on,
    'for n in $(ip netns 2>/dev/null | cut -d" " -f1); do echo "$n $(ip -n $n -j -d addr 2>/dev/null | tr -d "\\n")"; done',
  )
  const found = new Map<string, KernelLink[]>()
  for (const line of text.split('\n')) {
    const [, name = '', json = ''] = /^(\S+) (\[.*\])$/.exec(line) ?? []
    if (name) found.set(name, JSON.parse(json) as KernelLink[])
  }
  return found
}

export const kindOf = (link: KernelLink) => link.linkinfo?.info_kind ?? 'plain'

/** The other end of a veth, by the kernel's own pairing: each end's index is the other's `@if`. */
export function peerOf(link: KernelLink, candidates: readonly KernelLink[]): KernelLink | undefined {
  const index = peerIndex(link, candidates)
  return candidates.find(
    (other) => other.ifindex === index && kindOf(other) === 'veth' && pairs(other, link, candidates),
  )
}

/** iproute2 prints `link` with a name when it can resolve the index in the same namespace, else `link_index`. */
function peerIndex(link: KernelLink, candidates: readonly KernelLink[]): number | undefined {
  return link.link_index ?? candidates.find((other) => other.ifname === link.link)?.ifindex
}

const pairs = (other: KernelLink, link: KernelLink, candidates: readonly KernelLink[]) =>
  other.link === link.ifname || peerIndex(other, candidates) === link.ifindex

/** `10.42.0.1/24, …` */
export const addressesOf = (link: KernelLink) =>
  link.addr_info.filter((info) => info.family === 'inet').map((info) => `${info.local}/${info.prefixlen}`)
