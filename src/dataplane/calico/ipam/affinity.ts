import { NODES } from '../../../kube/resources.ts'
import { BLOCK_AFFINITIES, cidrName, IPAM_BLOCKS, type IPAMBlock } from '../resources.ts'
import { affinityOf, isEmpty, ownerOf, withoutAffinity } from './block.ts'
import { poolOf, poolsIn, selects, type PoolWish } from './pools.ts'
import { deleteUnchanged, untilUndisturbed, type IpamStore } from './store.ts'

/**
 * A block is its node's no more: an empty one goes, of another the addresses that are in use stay. Upstream: releaseBlockAffinity.
 * @param isKept whether a block of which something is in use stays the node's
 * @returns whether the node had it, and has it no more
 */
export async function releaseAffinity(
  store: IpamStore,
  node: string,
  cidr: string,
  isKept = false,
): Promise<boolean> {
  const name = cidrName(cidr)
  const affinity = await store.get(BLOCK_AFFINITIES, { name: `${node}-${name}` })
  const block = await store.get(IPAM_BLOCKS, { name })
  if (block?.spec.affinity === affinityOf(node)) {
    if (isEmpty(block)) await deleteUnchanged(store, IPAM_BLOCKS, block)
    else if (isKept) return false
    else await store.update(IPAM_BLOCKS, withoutAffinity(block))
  }
  if (affinity) await deleteUnchanged(store, BLOCK_AFFINITIES, affinity)
  return affinity !== undefined
}

/** Empty blocks of pools that serve a node no more are not the node's any more. Upstream: prepareAffinityBlocksForHost. */
export async function releaseUnselected(
  store: IpamStore,
  node: PoolWish['node'],
  cidrs: readonly string[],
): Promise<void> {
  if (cidrs.length === 0) return
  const pools = (await poolsIn(store)).filter(({ spec }) => !spec.disabled)
  for (const cidr of cidrs) {
    const pool = poolOf(pools, cidr)
    if (!pool || selects(pool, node.labels)) continue
    await untilUndisturbed(() => releaseAffinity(store, node.name, cidr, true))
  }
}

/** The same for a block that has just got empty. Upstream: ensureConsistentAffinity. */
export async function releaseIfUnselected(store: IpamStore, block: IPAMBlock): Promise<void> {
  const node = await store.get(NODES, { name: ownerOf(block) })
  if (!node) return
  const { name, labels = {} } = node.metadata
  await releaseUnselected(store, { name, labels }, [block.spec.cidr])
}
