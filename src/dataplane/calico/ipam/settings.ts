import { contains } from '../../../net/cidr.ts'
import { IP_RESERVATIONS, IPAM_CONFIGS, type IPAMConfig } from '../resources.ts'
import type { IpamStore } from './store.ts'

/** What the API says of how addresses are given out. */
export interface Settings {
  readonly strictAffinity: boolean
  readonly autoAllocateBlocks: boolean
  readonly maxBlocksPerHost: number
  /** Of an address or a block, whether it is kept back as a whole. */
  readonly isReserved: (cidr: string) => boolean
}

const DEFAULTS: IPAMConfig['spec'] = { strictAffinity: false, autoAllocateBlocks: true }
/** A node has no more than this when nobody has set a limit. */
const BLOCKS_PER_HOST = 20

/** Those that hold now: IPAMConfig `default` and all IPReservations. */
export async function settings(store: Pick<IpamStore, 'get' | 'list'>): Promise<Settings> {
  const [config, { items }] = await Promise.all([
    store.get(IPAM_CONFIGS, { name: 'default' }),
    store.list(IP_RESERVATIONS),
  ])
  const { strictAffinity, autoAllocateBlocks, maxBlocksPerHost } = config?.spec ?? DEFAULTS
  const reserved = items.flatMap(({ spec }) => spec.reservedCIDRs ?? [])
  return {
    strictAffinity,
    autoAllocateBlocks,
    maxBlocksPerHost: maxBlocksPerHost || BLOCKS_PER_HOST,
    isReserved: (cidr) => reserved.some((range) => contains(range, cidr)),
  }
}
