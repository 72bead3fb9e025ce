import { contains, parseCidr } from '../../../net/cidr.ts'
import { IP_POOLS, type IPPool } from '../resources.ts'
import { parseSelector } from '../selector.ts'
import type { IpamStore } from './store.ts'

export const DEFAULT_BLOCK_SIZE = 26

export interface PoolWish {
  readonly node: { readonly name: string; readonly labels: Readonly<Record<string, string>> }
  /** Names or CIDRs, as the annotation cni.projectcalico.org/ipv4pools has them; any that fit when absent. */
  readonly pools?: readonly string[] | undefined
  readonly use: 'Workload' | 'Tunnel'
}

/** The IPv4 pools that addresses may come from, in the order of their names. @throws Error in Calico's words */
export async function poolsFor(store: IpamStore, wish: PoolWish): Promise<IPPool[]> {
  const { items } = await store.list(IP_POOLS)
  const usable = items.filter(
    ({ spec }) =>
      !spec.disabled && parseCidr(spec.cidr) && (spec.allowedUses ?? [wish.use]).includes(wish.use),
  )
  const asked = wish.pools?.map((words) => usable.find((pool) => isCalled(pool, words)) ?? missing(words))
  const chosen =
    asked ?? usable.filter(({ spec }) => parseSelector(spec.nodeSelector ?? '')(wish.node.labels))
  if (chosen.length === 0) throw new Error(`no configured Calico pools for node ${wish.node.name}`)
  return chosen
}

/** The pool that an address or a block is of. */
export function poolOf(pools: readonly IPPool[], cidr: string): IPPool | undefined {
  return pools.find(({ spec }) => contains(spec.cidr, cidr))
}

function isCalled({ metadata, spec }: IPPool, words: string): boolean {
  return metadata.name === words || spec.cidr === words
}

function missing(words: string): never {
  throw new Error(`the given pool (${words}) does not exist, or is not enabled`)
}
