import { parseCidr } from '../../../net/cidr.ts'
import { BLOCK_AFFINITIES, IPAM_BLOCKS, type IPAMBlock, type IPPool } from '../resources.ts'
import { releaseUnselected } from './affinity.ts'
import { assign, isNotOf } from './block.ts'
import { claimBlock } from './claim.ts'
import { blocksFor } from './first-block.ts'
import { DEFAULT_BLOCK_SIZE, poolOf, poolsFor, type PoolWish } from './pools.ts'
import { settings, type Settings } from './settings.ts'
import { untilUndisturbed, type IpamStore } from './store.ts'
import { take, type Holder } from './take.ts'

export interface AddressWish extends PoolWish, Holder {}

/** Everything was asked, and there is no address. */
export class NoAddressLeft extends Error {
  override readonly name = 'NoAddressLeft'
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
  const rules = await settings(store)
  const { items } = await store.list(IPAM_BLOCKS)
  const search = { store, wish, pools, rules, blocks: new Map(items.map((one) => [one.spec.cidr, one])) }
  const own = await ownBlocks(search)
  const address =
    (await fromOwnBlocks(search, own)) ??
    (await fromNewBlock(search, own.length)) ??
    (rules.strictAffinity ? undefined : await fromOthers(search))
  if (address) return address
  const why = rules.strictAffinity
    ? 'No more free affine blocks and strict affinity enabled'
    : `No IPs available in pools: [${pools.map(({ spec }) => spec.cidr).join(' ')}]`
  throw new NoAddressLeft(`Assigned 0 out of 1 requested IPv4 addresses; ${why}`)
}

interface Search {
  readonly store: IpamStore
  readonly wish: AddressWish
  readonly pools: readonly IPPool[]
  readonly rules: Settings
  /** Those there are, by CIDR. */
  readonly blocks: ReadonlyMap<string, IPAMBlock>
}

async function ownBlocks({ store, wish, pools }: Search): Promise<string[]> {
  const { items } = await store.list(BLOCK_AFFINITIES)
  const own = items.filter(({ spec }) => spec.node === wish.node.name && spec.state !== 'pendingDeletion')
  const cidrs = own.map(({ spec }) => spec.cidr)
  const others = cidrs.filter((cidr) => !poolOf(pools, cidr))
  await releaseUnselected(store, wish.node, others)
  return cidrs.filter((cidr) => !others.includes(cidr))
}

async function fromOwnBlocks(search: Search, own: readonly string[]): Promise<string | undefined> {
  for (const cidr of own) {
    const address = await fromClaimed(search, cidr)
    if (address) return address
  }
  return undefined
}

async function fromNewBlock(search: Search, owned: number): Promise<string | undefined> {
  const { rules, blocks } = search
  if (owned >= rules.maxBlocksPerHost)
    throw new Error('cannot allocate new block due to per host block limit')
  if (!rules.autoAllocateBlocks) throw new Error('failed to find or claim a block')
  for (const cidr of candidates(search)) {
    if (blocks.has(cidr)) continue
    const address = await fromClaimed(search, cidr)
    if (address) return address
  }
  return undefined
}

async function fromClaimed({ store, wish, rules }: Search, cidr: string): Promise<string | undefined> {
  if (rules.isReserved(cidr)) return undefined
  const block = await claimBlock(store, wish.node.name, cidr, rules.strictAffinity)
  return block && takeAny({ store, wish, rules }, block)
}

/** Addresses may be of any node's blocks: they have routes of their own then. */
async function fromOthers(search: Search): Promise<string | undefined> {
  for (const cidr of candidates(search)) {
    const block = search.blocks.get(cidr)
    const address = block && isNotOf(block, search.wish.node.name) && (await takeAny(search, block))
    if (address) return address
  }
  return undefined
}

function* candidates({ wish, pools, rules }: Search): Generator<string> {
  for (const { spec } of pools) {
    const pool = parseCidr(spec.cidr)
    if (!pool) continue
    for (const cidr of blocksFor(wish.node.name, pool, spec.blockSize ?? DEFAULT_BLOCK_SIZE)) {
      if (!rules.isReserved(cidr)) yield cidr
    }
  }
}

function takeAny(
  { store, wish, rules }: Pick<Search, 'store' | 'wish' | 'rules'>,
  block: IPAMBlock,
): Promise<string | undefined> {
  return take(store, block, wish, (attribute) => assign(block, attribute, rules.isReserved))
}
