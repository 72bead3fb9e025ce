import { contains } from '../../../net/cidr.ts'
import { BLOCK_AFFINITIES, cidrName, IPAM_BLOCKS, IPAM_HANDLES, type IPAMBlock } from '../resources.ts'
import { releaseAffinity, releaseIfUnselected } from './affinity.ts'
import { handlesOn, isEmpty, release, releaseAddresses, type Unwanted } from './block.ts'
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

async function releaseFrom(store: IpamStore, cidr: string, handleID: string): Promise<readonly string[]> {
  const block = await store.get(IPAM_BLOCKS, { name: cidrName(cidr) })
  if (!block) return []
  const left = release(block, handleID)
  if (left.addresses.length > 0) await writeLeft(store, left.block)
  return left.addresses
}

/** A block stays its node's when it is empty, if that node's pool it is still; one that is nobody's goes. */
async function writeLeft(store: IpamStore, block: IPAMBlock): Promise<void> {
  if (!isEmpty(block)) await store.update(IPAM_BLOCKS, block)
  else if (block.spec.affinity === undefined) await deleteUnchanged(store, IPAM_BLOCKS, block)
  else {
    await store.update(IPAM_BLOCKS, block)
    await releaseIfUnselected(store, block)
  }
}

/**
 * Gives back all that a node has that is gone: its pods' addresses, and its blocks, but for those of which other nodes have
 * borrowed, until these are given back too. Upstream: kube-controllers' node controller, cleanupNode.
 * @returns whether there was anything to give back
 */
export async function releaseNode(store: IpamStore, node: string): Promise<boolean> {
  const { items: blocks } = await store.list(IPAM_BLOCKS)
  const handles = new Set(blocks.flatMap((block) => handlesOn(block, node)))
  for (const handle of handles) await releaseHandle(store, handle)
  const { items: affinities } = await store.list(BLOCK_AFFINITIES)
  let hasReleased = handles.size > 0
  for (const { spec } of affinities.filter((affinity) => affinity.spec.node === node)) {
    const isReleased = await untilUndisturbed(() => releaseAffinity(store, node, spec.cidr, true))
    hasReleased ||= isReleased
  }
  return hasReleased
}

/** Nodes have no blocks of a pool any more: empty ones go, and the rest is nobody's. Upstream: ReleasePoolAffinities. */
export async function releasePool(store: IpamStore, pool: string): Promise<void> {
  const { items } = await store.list(BLOCK_AFFINITIES)
  for (const { spec } of items.filter((affinity) => contains(pool, affinity.spec.cidr))) {
    await untilUndisturbed(() => releaseAffinity(store, spec.node, spec.cidr))
  }
}

/** Gives addresses back, those of a block all or none. Upstream: ReleaseIPs. @returns which were nobody's. @throws ReleaseConflict */
export async function releaseGiven(store: IpamStore, unwanted: readonly Unwanted[]): Promise<string[]> {
  const { items } = await store.list(IPAM_BLOCKS)
  const isIn = (cidr: string) => unwanted.filter(({ address }) => contains(cidr, address))
  const strange = unwanted.filter(({ address }) => !items.some(({ spec }) => contains(spec.cidr, address)))
  const free = strange.map(({ address }) => address)
  for (const { spec } of items) {
    const here = isIn(spec.cidr)
    if (here.length > 0) free.push(...(await untilUndisturbed(() => releaseIn(store, spec.cidr, here))))
  }
  return free
}

async function releaseIn(store: IpamStore, cidr: string, unwanted: readonly Unwanted[]) {
  const block = await store.get(IPAM_BLOCKS, { name: cidrName(cidr) })
  if (!block) return unwanted.map(({ address }) => address)
  const left = releaseAddresses(block, unwanted)
  if (left.block !== block) await writeLeft(store, left.block)
  for (const handleID of left.handleIDs) {
    await untilUndisturbed(() => countAddresses(store, handleID, cidr, -1))
  }
  return left.free
}
