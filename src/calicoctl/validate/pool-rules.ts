import { contains, formatCidr, parseCidr, type Cidr } from '../../net/cidr.ts'
import { CalicoError, refuse, type BadField } from '../calico-error.ts'
import type { Resource } from '../layout/resource.ts'
import { withDefaults } from '../store/pools.ts'

const CIDR = 'IPPool.Spec.CIDR'
const BLOCK_SIZE = 'IPPool.Spec.BlockSize'

export interface PoolSurroundings {
  /** The pool as it is stored, where this is a change of it. */
  readonly before: Resource | undefined
  /** All pools; asked for only where it matters. */
  readonly others: () => Promise<readonly Resource[]>
}

/**
 * A pool with its defaults and its CIDR as networks are written. What is wrong with it otherwise is only told of when this
 * is right. Upstream: libcalico-go, clientv3/ippool.go. @throws CalicoError
 */
export async function completePool(pool: Resource, { before, others }: PoolSurroundings): Promise<Resource> {
  const { cidr: given = '' } = pool.spec
  if (given === '') refuse([{ name: CIDR, why: 'IPPool CIDR must be specified' }])
  const cidr = String(given).includes('/') ? parseCidr(String(given)) : undefined
  if (!cidr) {
    refuse([{ name: CIDR, value: given, why: 'IPPool CIDR must be a valid subnet' }])
    throw new CalicoError('unknown validation error')
  }
  const complete = withDefaults({ ...pool, spec: { ...pool.spec, cidr: formatCidr(cidr) } })
  refuse([
    ...(before ? changes(complete, before) : []),
    ...sizes(complete, cidr),
    ...(before ? [] : overlaps(complete, cidr, await others())),
    ...modes(complete),
    ...place(complete, cidr, String(given)),
  ])
  return complete
}

function changes({ spec }: Resource, before: Resource): BadField[] {
  return [
    ...(before.spec['cidr'] === spec['cidr']
      ? []
      : [{ name: CIDR, value: spec['cidr'], why: 'IPPool CIDR cannot be modified' }]),
    ...(before.spec['blockSize'] === spec['blockSize']
      ? []
      : [{ name: BLOCK_SIZE, value: spec['blockSize'], why: 'IPPool BlockSize cannot be modified' }]),
  ]
}

const TOO_SMALL =
  'IP pool size is too small for use with Calico IPAM. It must be equal to or greater than the block size.'

function sizes({ spec }: Resource, cidr: Cidr): BadField[] {
  const blockSize = Number(spec['blockSize'])
  const isOdd = blockSize < 20 || blockSize > 32
  const isSmall = spec['disabled'] !== true && cidr.prefix > blockSize
  return [
    ...(isOdd
      ? [{ name: BLOCK_SIZE, value: blockSize, why: 'IPv4 block size must be between 20 and 32' }]
      : []),
    ...(isSmall ? [{ name: CIDR, value: spec['cidr'], why: TOO_SMALL }] : []),
  ]
}

function overlaps({ metadata, spec }: Resource, cidr: Cidr, others: readonly Resource[]): BadField[] {
  return others.flatMap((other) => {
    const range = String(other.spec['cidr'])
    if (other.metadata.name === metadata.name || !doOverlap(range, cidr)) return []
    const why = `IPPool(${metadata.name}) CIDR overlaps with IPPool(${other.metadata.name}) CIDR ${range}`
    return [{ name: CIDR, value: spec['cidr'], why }]
  })
}

const doOverlap = (range: string, cidr: Cidr) => {
  const other = parseCidr(range)
  return other !== undefined && (contains(other, cidr) || contains(cidr, other))
}

function modes({ spec: { ipipMode, vxlanMode } }: Resource): BadField[] {
  if (ipipMode === 'Never' || vxlanMode === 'Never') return []
  const why = 'Cannot enable both VXLAN and IPIP on the same IPPool'
  return [{ name: 'IPPool.Spec.VXLANMode', value: vxlanMode, why }]
}

function place({ spec }: Resource, cidr: Cidr, given: string): BadField[] {
  const field = { name: CIDR, value: spec['cidr'] }
  const isMasked = parseCidr(given.split('/')[0] ?? '')?.network === cidr.network
  return [
    ...(isMasked ? [] : [{ ...field, why: 'IPPool CIDR is not strictly masked' }]),
    ...(doOverlap('169.254.0.0/16', cidr)
      ? [{ ...field, why: 'IPPool CIDR overlaps with IPv4 Link Local range 169.254.0.0/16' }]
      : []),
  ]
}

/** A new pool's blocks and those that its range has already are of one size. @throws CalicoError */
export function checkBlocks(pool: Resource, blocks: readonly string[]): void {
  const cidr = parseCidr(String(pool.spec['cidr']))
  const others = blocks.flatMap((block) => parseCidr(block) ?? [])
  const clash = others.some(
    (block) =>
      cidr && block.prefix !== pool.spec['blockSize'] && (contains(cidr, block) || contains(block, cidr)),
  )
  const why = 'IPPool blocksSize conflicts with existing allocations that use a different blockSize'
  if (clash) refuse([{ name: BLOCK_SIZE, value: pool.spec['blockSize'], why }])
}
