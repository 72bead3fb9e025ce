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

/** The IPv4 pools that addresses may come from, in the order of their names. Upstream: determinePools. @throws Error in Calico's words */
export async function poolsFor(store: Pick<IpamStore, 'list'>, wish: PoolWish): Promise<IPPool[]> {
  const items = await poolsIn(store)
  const asked = wish.pools?.map((words) => cidrIn(items, words)) ?? []
  const enabled = items.filter(({ spec }) => !spec.disabled)
  if (enabled.length === 0) throw new Error(UNQUALIFIED)
  const chosen =
    asked.length > 0
      ? asked.map((cidr) => enabled.find(({ spec }) => spec.cidr === cidr) ?? missing(cidr))
      : enabled.filter((pool) => selects(pool, wish.node.labels))
  if (chosen.length === 0) throw new Error(`no configured Calico pools for node ${wish.node.name}`)
  const allowed = chosen.filter(({ spec }) => (spec.allowedUses ?? [wish.use]).includes(wish.use))
  if (allowed.length > 0) return allowed
  throw new Error(`${UNQUALIFIED}, no pools match the required use (${wish.use})`)
}

/** Those whose network can be read: anybody may have written one without, which counts for nothing, as upstream. */
export async function poolsIn(store: Pick<IpamStore, 'list'>): Promise<IPPool[]> {
  const { items } = await store.list(IP_POOLS)
  return items.filter(({ spec }: Partial<IPPool>) => spec && parseCidr(spec.cidr))
}

/** Whether a pool is for a node of these labels. Upstream: SelectsNode. */
export function selects({ spec }: IPPool, labels: Readonly<Record<string, string>>): boolean {
  return parseSelector(spec.nodeSelector ?? '')(labels)
}

const UNQUALIFIED = 'cannot find a qualified ippool'

/** The pool that an address or a block is of. */
export function poolOf(pools: readonly IPPool[], cidr: string): IPPool | undefined {
  return pools.find(({ spec }) => contains(spec.cidr, cidr))
}

/** A pool's CIDR, given that or its name. Upstream: cni-plugin utils, ResolvePools. */
function cidrIn(pools: readonly IPPool[], words: string): string {
  if (parseCidr(words)) return words
  const named = pools.find(({ metadata }) => metadata.name === words)
  if (named) return named.spec.cidr
  throw new Error(`error parsing pool "${words}": invalid CIDR address: ${words}`)
}

function missing(cidr: string): never {
  throw new Error(`the given pool (${cidr}) does not exist, or is not enabled`)
}
