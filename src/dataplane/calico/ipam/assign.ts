import { parseCidr } from '../../../net/cidr.ts'
import {
  BLOCK_AFFINITIES,
  IPAM_BLOCKS,
  type AllocationAttribute,
  type IPAMBlock,
  type IPPool,
} from '../resources.ts'
import { assign } from './block.ts'
import { claimBlock } from './claim.ts'
import { blocksFor } from './first-block.ts'
import { countAddresses } from './handle.ts'
import { DEFAULT_BLOCK_SIZE, poolOf, poolsFor, type PoolWish } from './pools.ts'
import { untilUndisturbed, type IpamStore } from './store.ts'

export interface AddressWish extends PoolWish {
  /** By which the address is given back: k8s-pod-network.<container id>. */
  readonly handleID: string
  /** What `calicoctl ipam show --ip` tells: namespace, pod, node, timestamp. */
  readonly about: Readonly<Record<string, string>>
}

/**
 * Gives out one IPv4 address: of the node's own blocks, else of a new block, else of another node's. Upstream: libcalico-go ipam,
 * AutoAssign. @throws Error in Calico's words when there is none
 */
export function assignAddress(store: IpamStore, wish: AddressWish): Promise<string> {
  return untilUndisturbed(() => assignOnce(store, wish))
}

async function assignOnce(store: IpamStore, wish: AddressWish): Promise<string> {
  const pools = await poolsFor(store, wish)
  const { items } = await store.list(IPAM_BLOCKS)
  const blocks = new Map(items.map((block) => [block.spec.cidr, block]))
  const address =
    (await fromOwnBlocks(store, wish, pools)) ??
    (await fromNewBlock(store, wish, pools, blocks)) ??
    (await fromOthers(store, wish, pools, blocks))
  if (address) return address
  const ranges = pools.map(({ spec }) => spec.cidr).join(', ')
  throw new Error(`Assigned 0 out of 1 requested IPv4 addresses; No IPs available in pools: [${ranges}]`)
}

async function fromOwnBlocks(
  store: IpamStore,
  wish: AddressWish,
  pools: readonly IPPool[],
): Promise<string | undefined> {
  const { items } = await store.list(BLOCK_AFFINITIES)
  const own = items.filter(({ spec }) => spec.node === wish.node.name && spec.state !== 'pendingDeletion')
  for (const { spec } of own.filter((affinity) => poolOf(pools, affinity.spec.cidr))) {
    const block = await claimBlock(store, wish.node.name, spec.cidr)
    const address = block && (await takeFrom(store, block, wish))
    if (address) return address
  }
  return undefined
}

async function fromNewBlock(
  store: IpamStore,
  wish: AddressWish,
  pools: readonly IPPool[],
  blocks: ReadonlyMap<string, IPAMBlock>,
): Promise<string | undefined> {
  for (const cidr of candidates(wish, pools)) {
    if (blocks.has(cidr)) continue
    const block = await claimBlock(store, wish.node.name, cidr)
    const address = block && (await takeFrom(store, block, wish))
    if (address) return address
  }
  return undefined
}

/** Addresses may be of any node's blocks: they have routes of their own then. */
async function fromOthers(
  store: IpamStore,
  wish: AddressWish,
  pools: readonly IPPool[],
  blocks: ReadonlyMap<string, IPAMBlock>,
): Promise<string | undefined> {
  for (const cidr of candidates(wish, pools)) {
    const block = blocks.get(cidr)
    if (!block || block.spec.strictAffinity) continue
    const address = await takeFrom(store, block, wish)
    if (address) return address
  }
  return undefined
}

function* candidates({ node }: AddressWish, pools: readonly IPPool[]): Generator<string> {
  for (const { spec } of pools) {
    const pool = parseCidr(spec.cidr)
    if (pool) yield* blocksFor(node.name, pool, spec.blockSize ?? DEFAULT_BLOCK_SIZE)
  }
}

/** The handle is told first: an address that a handle has by mistake can be given back, one without a handle is lost. */
async function takeFrom(store: IpamStore, block: IPAMBlock, wish: AddressWish): Promise<string | undefined> {
  const attribute: AllocationAttribute = { handle_id: wish.handleID, secondary: wish.about }
  const taken = assign(block, attribute)
  if (!taken) return undefined
  await countAddresses(store, wish.handleID, block.spec.cidr, 1)
  try {
    await store.update(IPAM_BLOCKS, taken.block)
  } catch (error) {
    await untilUndisturbed(() => countAddresses(store, wish.handleID, block.spec.cidr, -1))
    throw error
  }
  return taken.address
}
