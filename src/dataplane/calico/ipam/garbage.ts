import type { Pod } from '../../../kube/objects.ts'
import { addressAt, parseCidr } from '../../../net/cidr.ts'
import type { BlockAffinity, IPAMBlock } from '../resources.ts'
import { isEmpty, ownerOf } from './block.ts'

/** What the API says of who is there and who has addresses. */
export interface Books {
  /** Names of nodes. */
  readonly nodes: ReadonlySet<string>
  pod(key: { namespace: string; name: string }): Pod | undefined
  readonly blocks: readonly IPAMBlock[]
  readonly affinities: readonly BlockAffinity[]
}

export interface Garbage {
  /** Nodes that are gone and whose pods are too: all that they have can be given back. */
  readonly nodes: readonly string[]
  /** Handles of addresses whose pods are gone, or have another address. They may be on their way to or from a pod. */
  readonly handles: readonly string[]
  /** Empty blocks, their node having room elsewhere. One may just be claimed for an address. */
  readonly blocks: readonly IPAMBlock[]
}

interface Allocation {
  readonly handle: string
  readonly node: string
  /** Undefined for a node's tunnel. */
  readonly pod: { readonly namespace: string; readonly name: string } | undefined
  readonly address: string
}

/** Upstream: kube-controllers, pkg/controllers/node/ipam.go, checkAllocations. */
export function garbageOf(books: Books): Garbage {
  const allocations = books.blocks.flatMap(allocationsOf)
  const known = [...books.affinities.map(({ spec }) => spec.node), ...allocations.map(({ node }) => node)]
  const gone = new Set(known.filter((node) => node && !books.nodes.has(node)))
  const ofPods = allocations.filter(({ pod }) => pod)
  const isLeaked = ({ pod, address }: Allocation) => !isUsed(address, pod && books.pod(pod))
  const alive = new Set(ofPods.filter((one) => !isLeaked(one)).map(({ node }) => node))
  return {
    nodes: [...gone].filter((node) => !alive.has(node)),
    handles: ofPods.filter((one) => isLeaked(one) && !gone.has(one.node)).map(({ handle }) => handle),
    blocks: needless(books.blocks).filter((block) => !gone.has(ownerOf(block))),
  }
}

/** How many addresses a node has to have left without a block that it loses. */
const ROOM = 3

/** Upstream: checkEmptyBlocks. */
function needless(blocks: readonly IPAMBlock[]): IPAMBlock[] {
  const kept = new Set(blocks.filter((block) => ownerOf(block)))
  return [...kept].filter((block) => {
    const others = [...kept].filter((one) => one !== block && ownerOf(one) === ownerOf(block))
    const room = others.reduce((sum, { spec }) => sum + spec.unallocated.length, 0)
    return isEmpty(block) && room >= ROOM && kept.delete(block)
  })
}

function allocationsOf({ spec }: IPAMBlock): Allocation[] {
  const cidr = parseCidr(spec.cidr)
  return spec.allocations.flatMap((index, ordinal) => {
    const { handle_id: handle, secondary = {} } = (index !== null && spec.attributes[index]) || {}
    const { node = '', namespace = '', pod: name } = secondary
    if (!handle || !cidr) return []
    return { handle, node, pod: name ? { namespace, name } : undefined, address: addressAt(cidr, ordinal) }
  })
}

/** A pod that has not told its address yet may be given this one just now. */
function isUsed(address: string, pod: Pod | undefined): boolean {
  const { podIP } = pod?.status ?? {}
  return pod !== undefined && (podIP === undefined || podIP === address)
}
