import {
  BLOCK_AFFINITIES,
  cidrName,
  IPAM_BLOCKS,
  ownMetadata,
  type BlockAffinity,
  type IPAMBlock,
} from '../resources.ts'
import { isNotOf, newBlock } from './block.ts'
import { deleteUnchanged, type IpamStore } from './store.ts'

/**
 * Makes a block a node's own. The affinity comes first, pending, then the block, and then the affinity is confirmed: whoever is
 * interrupted leaves what the next one can go on with, and two nodes never both have the block.
 * @returns undefined when another node has it
 */
export async function claimBlock(
  store: IpamStore,
  node: string,
  cidr: string,
  strictAffinity = false,
): Promise<IPAMBlock | undefined> {
  const affinity = await pendingAffinity(store, node, cidr)
  const name = cidrName(cidr)
  const block =
    (await store.get(IPAM_BLOCKS, { name })) ??
    (await store.create(IPAM_BLOCKS, newBlock(cidr, node, Date.now(), strictAffinity)))
  if (isNotOf(block, node)) {
    await deleteUnchanged(store, BLOCK_AFFINITIES, affinity)
    return undefined
  }
  if (affinity.spec.state !== 'confirmed') {
    await store.update(BLOCK_AFFINITIES, { ...affinity, spec: { ...affinity.spec, state: 'confirmed' } })
  }
  return block
}

async function pendingAffinity(store: IpamStore, node: string, cidr: string): Promise<BlockAffinity> {
  const name = `${node}-${cidrName(cidr)}`
  return (
    (await store.get(BLOCK_AFFINITIES, { name })) ??
    store.create(BLOCK_AFFINITIES, {
      apiVersion: 'crd.projectcalico.org/v1',
      kind: 'BlockAffinity',
      metadata: ownMetadata(name),
      spec: { cidr, deleted: 'false', node, state: 'pending' },
    })
  )
}
