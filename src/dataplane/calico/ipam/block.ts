import { addressAt, parseCidr, sizeOf, type Cidr } from '../../../net/cidr.ts'
import { parseIPv4 } from '../../../net/ipv4.ts'
import { cidrName, ownMetadata, type AllocationAttribute, type IPAMBlock } from '../resources.ts'

type Spec = IPAMBlock['spec']

/** A block of which nothing has been given out. @param now ms since the epoch */
export function newBlock(cidr: string, node: string, now: number, strictAffinity = false): IPAMBlock {
  const size = sizeOf(cidrOf(cidr))
  return {
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'IPAMBlock',
    metadata: ownMetadata(cidrName(cidr)),
    spec: {
      affinity: affinityOf(node),
      allocations: Array.from({ length: size }, () => null),
      attributes: [],
      cidr,
      deleted: false,
      sequenceNumber: now * 1000,
      sequenceNumberForAllocation: {},
      strictAffinity,
      unallocated: Array.from({ length: size }, (_, ordinal) => ordinal),
    },
  }
}

export function affinityOf(node: string): string {
  return `host:${node}`
}

/** A block of which an address has been given out. */
export interface Taken {
  readonly block: IPAMBlock
  readonly address: string
}

/** The block with its next free address given to a handle; undefined when it has none that is not kept back. */
export function assign(
  block: IPAMBlock,
  attribute: AllocationAttribute,
  isReserved: (address: string) => boolean = () => false,
): Taken | undefined {
  const cidr = cidrOf(block.spec.cidr)
  const ordinal = block.spec.unallocated.find((one) => !isReserved(addressAt(cidr, one)))
  return ordinal === undefined ? undefined : withAllocation(block, attribute, ordinal)
}

/** The block with a certain address given to a handle; undefined when somebody has it. */
export function assignGiven(
  block: IPAMBlock,
  attribute: AllocationAttribute,
  address: string,
): Taken | undefined {
  const ordinal = (parseIPv4(address) ?? -1) - cidrOf(block.spec.cidr).network
  return block.spec.unallocated.includes(ordinal) ? withAllocation(block, attribute, ordinal) : undefined
}

function withAllocation(block: IPAMBlock, attribute: AllocationAttribute, ordinal: number): Taken {
  const { spec } = block
  const changed = {
    ...spec,
    allocations: spec.allocations.with(ordinal, spec.attributes.length),
    attributes: [...spec.attributes, attribute],
    sequenceNumberForAllocation: {
      ...spec.sequenceNumberForAllocation,
      [ordinal]: spec.sequenceNumber,
    },
    unallocated: spec.unallocated.filter((one) => one !== ordinal),
  }
  return { block: next(block, changed), address: addressAt(cidrOf(spec.cidr), ordinal) }
}

/** The block without what it gave to a handle, and which addresses those are. Their numbers stay, as upstream: releaseByHandle. */
export function release(
  block: IPAMBlock,
  handleID: string,
): { readonly block: IPAMBlock; readonly addresses: readonly string[] } {
  const { spec } = block
  const released = spec.allocations.flatMap((attribute, ordinal) =>
    attribute !== null && spec.attributes[attribute]?.handle_id === handleID ? [ordinal] : [],
  )
  const cidr = cidrOf(spec.cidr)
  return {
    block: released.length === 0 ? block : next(block, without(spec, released)),
    addresses: released.map((ordinal) => addressAt(cidr, ordinal)),
  }
}

/** An address that is to be given back, if it is still whose it was, by handle, and since then, by number. */
export interface Unwanted {
  readonly address: string
  readonly handle?: string | undefined
  readonly sequenceNumber?: number | undefined
}

/** Somebody else has the address by now. The message is upstream's. */
export class ReleaseConflict extends Error {
  override readonly name = 'ReleaseConflict'
}

/** The block without some of its addresses, whose these were, and those that were nobody's. @throws ReleaseConflict */
export function releaseAddresses(
  block: IPAMBlock,
  unwanted: readonly Unwanted[],
): { readonly block: IPAMBlock; readonly handleIDs: readonly string[]; readonly free: readonly string[] } {
  const { spec } = block
  const attributeOf = (ordinal: number) => spec.attributes[spec.allocations[ordinal] ?? -1]
  const sequenceNumberForAllocation = { ...spec.sequenceNumberForAllocation }
  const taken = new Set<number>()
  const free: string[] = []
  for (const { address, handle, sequenceNumber } of unwanted) {
    const ordinal = (parseIPv4(address) ?? -1) - cidrOf(spec.cidr).network
    const attribute = attributeOf(ordinal)
    const number = spec.sequenceNumberForAllocation[ordinal] ?? 0
    const isOther = attribute !== undefined && handle && attribute.handle_id !== handle
    if (isOther || (sequenceNumber ?? number) !== number)
      throw new ReleaseConflict(`update conflict: ${address}`)
    if (attribute) taken.add(ordinal)
    else free.push(address)
    delete sequenceNumberForAllocation[ordinal]
  }
  const left = { ...without(spec, [...taken]), sequenceNumberForAllocation }
  return {
    block: taken.size === 0 ? block : next(block, left),
    handleIDs: [...taken].flatMap((ordinal) => attributeOf(ordinal)?.handle_id ?? []),
    free,
  }
}

/** Attributes that nobody has any more go, and the rest moves up. */
function without(spec: Spec, released: readonly number[]): Spec {
  const left = spec.allocations.map((attribute, ordinal) => (released.includes(ordinal) ? null : attribute))
  const used = spec.attributes.flatMap((_, index) => (left.includes(index) ? [index] : []))
  return {
    ...spec,
    allocations: left.map((attribute) => (attribute === null ? null : used.indexOf(attribute))),
    attributes: used.flatMap((index) => spec.attributes[index] ?? []),
    unallocated: [...spec.unallocated, ...released],
  }
}

/** The node whose block it is; empty when it is nobody's. */
export function ownerOf({ spec }: Pick<IPAMBlock, 'spec'>): string {
  return spec.affinity?.replace(/^host:/, '') ?? ''
}

/** Whether a block is another node's, or nobody's. */
export function isNotOf({ spec }: IPAMBlock, node: string): boolean {
  return spec.affinity !== affinityOf(node)
}

/** The block as one that belongs to no node, while its addresses are in use still. */
export function withoutAffinity(block: IPAMBlock): IPAMBlock {
  const { affinity: _, ...spec } = block.spec
  return next(block, spec)
}

export function isEmpty({ spec }: IPAMBlock): boolean {
  return spec.allocations.every((attribute) => attribute === null)
}

/** Handles of addresses that were given to a node: by what Calico's plugins write beside each. */
export function handlesOn({ spec }: IPAMBlock, node: string): string[] {
  const ofNode = spec.attributes.filter(({ secondary }) => secondary?.['node'] === node)
  return ofNode.flatMap(({ handle_id }) => handle_id ?? [])
}

function next(block: IPAMBlock, spec: Spec): IPAMBlock {
  return { ...block, spec: { ...spec, sequenceNumber: spec.sequenceNumber + 1 } }
}

function cidrOf(cidr: string): Cidr {
  return parseCidr(cidr) ?? { network: 0, prefix: 32 }
}
