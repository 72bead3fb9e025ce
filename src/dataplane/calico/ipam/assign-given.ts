import { blockOf } from './first-block.ts'
import { IPAM_BLOCKS, cidrName } from '../resources.ts'
import { assignGiven, isNotOf } from './block.ts'
import { claimBlock } from './claim.ts'
import { DEFAULT_BLOCK_SIZE, poolOf, poolsIn } from './pools.ts'
import { settings } from './settings.ts'
import { untilUndisturbed, type IpamStore } from './store.ts'
import { take, type Holder } from './take.ts'

/**
 * Gives out the address that somebody asks for, also one that is kept back or of another node's block. Upstream: libcalico-go ipam, AssignIP.
 * @throws Error in Calico's words when it can't be had
 */
export function assignGivenAddress(
  store: IpamStore,
  address: string,
  holder: Holder & { readonly node: string },
): Promise<string> {
  return untilUndisturbed(() => assignOnce(store, address, holder))
}

async function assignOnce(
  store: IpamStore,
  address: string,
  holder: Holder & { readonly node: string },
): Promise<string> {
  const pools = await poolsIn(store)
  const pool = poolOf(
    pools.filter(({ spec }) => !spec.disabled),
    address,
  )
  const cidr = pool && blockOf(pool.spec.cidr, pool.spec.blockSize ?? DEFAULT_BLOCK_SIZE, address)
  if (!cidr) throw new Error('The provided IP address is not in a configured pool\n')
  const { strictAffinity } = await settings(store)
  const block =
    (await store.get(IPAM_BLOCKS, { name: cidrName(cidr) })) ??
    (await claimBlock(store, holder.node, cidr, strictAffinity))
  if (!block || (strictAffinity && isNotOf(block, holder.node))) {
    throw new Error('Block host affinity does not match')
  }
  const taken = await take(store, block, holder, (attribute) => assignGiven(block, attribute, address))
  if (!taken) throw new Error(`resource already exists: ${address}`)
  return taken
}
