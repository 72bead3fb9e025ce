import { contains } from '../../../net/cidr.ts'
import { BLOCK_AFFINITIES, cidrName, IPAM_BLOCKS, IPAM_HANDLES } from '../resources.ts'
import { affinityOf, handlesOn, isEmpty, release, releaseAddress, withoutAffinity } from './block.ts'
import { countAddresses } from './handle.ts'
import { deleteUnchanged, untilUndisturbed, type IpamStore } from './store.ts'

/** Gives back all that a handle has. @returns the addresses */
export async function releaseHandle(store: IpamStore, handleID: string): Promise<string[]> {
  const handle = await store.get(IPAM_HANDLES, { name: handleID })
  const released: string[] = []
  for (const cidr of Object.keys(handle?.spec.block ?? {})) {
    const addresses = await untilUndisturbed(() => releaseFrom(store, cidr, handleID))
    // An address of a block that is gone is gone as well.
    const count = handle?.spec.block[cidr] ?? addresses.length
    await untilUndisturbed(() => countAddresses(store, handleID, cidr, -count))
    released.push(...addresses)
  }
  return released
}

/** A block stays its node's when it is empty; one that is nobody's goes. */
async function releaseFrom(store: IpamStore, cidr: string, handleID: string): Promise<readonly string[]> {
  const block = await store.get(IPAM_BLOCKS, { name: cidrName(cidr) })
  if (!block) return []
  const left = release(block, handleID)
  if (left.addresses.length === 0) return []
  if (isEmpty(left.block) && left.block.spec.affinity === undefined) {
    await deleteUnchanged(store, IPAM_BLOCKS, block)
  } else {
    await store.update(IPAM_BLOCKS, left.block)
  }
  return left.addresses
}

/**
 * Gives back all that a node has that is gone: its pods' addresses, and its blocks, but for those of which other nodes have
 * borrowed; these become nobody's. Upstream: kube-controllers' node controller, ReleaseHostAffinities.
 */
export async function releaseNode(store: IpamStore, node: string): Promise<void> {
  const { items: blocks } = await store.list(IPAM_BLOCKS)
  const handles = new Set(blocks.flatMap((block) => handlesOn(block, node)))
  for (const handle of handles) await releaseHandle(store, handle)
  const { items: affinities } = await store.list(BLOCK_AFFINITIES)
  for (const { spec } of affinities.filter((affinity) => affinity.spec.node === node)) {
    await untilUndisturbed(() => releaseAffinity(store, node, spec.cidr))
  }
}

/** Nodes have no blocks of a pool any more: empty ones go, and the rest is nobody's. Upstream: ReleasePoolAffinities. */
export async function releasePool(store: IpamStore, pool: string): Promise<void> {
  const { items } = await store.list(BLOCK_AFFINITIES)
  for (const { spec } of items.filter((affinity) => contains(pool, affinity.spec.cidr))) {
    await untilUndisturbed(() => releaseAffinity(store, spec.node, spec.cidr))
  }
}

/** Gives one address back, whoever has it. @returns whether somebody had it */
export async function releaseOne(store: IpamStore, address: string): Promise<boolean> {
  return untilUndisturbed(async () => {
    const { items } = await store.list(IPAM_BLOCKS)
    const block = items.find(({ spec }) => contains(spec.cidr, address))
    const left = block && releaseAddress(block, address)
    if (!left) return false
    await store.update(IPAM_BLOCKS, left.block)
    const { handleID } = left
    if (handleID) await untilUndisturbed(() => countAddresses(store, handleID, left.block.spec.cidr, -1))
    return true
  })
}

async function releaseAffinity(store: IpamStore, node: string, cidr: string): Promise<void> {
  const name = cidrName(cidr)
  const affinity = await store.get(BLOCK_AFFINITIES, { name: `${node}-${name}` })
  const block = await store.get(IPAM_BLOCKS, { name })
  if (block?.spec.affinity === affinityOf(node)) {
    if (isEmpty(block)) await deleteUnchanged(store, IPAM_BLOCKS, block)
    else await store.update(IPAM_BLOCKS, withoutAffinity(block))
  }
  if (affinity) await deleteUnchanged(store, BLOCK_AFFINITIES, affinity)
}
