import { IPAM_BLOCKS, type AllocationAttribute, type IPAMBlock } from '../resources.ts'
import type { Taken } from './block.ts'
import { countAddresses } from './handle.ts'
import { untilUndisturbed, type IpamStore } from './store.ts'

/** Who gets an address. */
export interface Holder {
  /** By which the address is given back: k8s-pod-network.<container id>. */
  readonly handleID: string
  /** What `calicoctl ipam show --ip` tells: namespace, pod, node, timestamp. */
  readonly about: Readonly<Record<string, string>>
}

/**
 * Gives an address of a block to somebody. The handle is told first: an address that a handle has by mistake can be given back, one
 * without a handle is lost. @throws ApiError 409 when somebody has changed the block meanwhile
 */
export async function take(
  store: IpamStore,
  block: IPAMBlock,
  { handleID, about }: Holder,
  choose: (attribute: AllocationAttribute) => Taken | undefined,
): Promise<string | undefined> {
  const taken = choose({ handle_id: handleID, secondary: about })
  if (!taken) return undefined
  await countAddresses(store, handleID, block.spec.cidr, 1)
  try {
    await store.update(IPAM_BLOCKS, taken.block)
  } catch (error) {
    await untilUndisturbed(() => countAddresses(store, handleID, block.spec.cidr, -1))
    throw error
  }
  return taken.address
}
