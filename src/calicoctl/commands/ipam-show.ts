import { isIP } from 'node:net'
import { CalicoError } from '../calico-error.ts'
import { IPAM_BLOCKS, type AllocationAttribute, type IPAMBlock } from '../../dataplane/calico/resources.ts'
import { ownerOf } from '../../dataplane/calico/ipam/block.ts'
import { poolsIn } from '../../dataplane/calico/ipam/pools.ts'
import type { KubeClient } from '../../kube/client.ts'
import { addressAt, contains, parseCidr, sizeOf } from '../../net/cidr.ts'
import { checkVersion, clusterOf } from '../open-cluster.ts'
import { boxedTable } from '../print/boxed-table.ts'
import { goFloat } from '../print/go-value.ts'
import { ipamSettings } from '../store/ipam-settings.ts'
import { CONFIG, MISMATCH, textOption, type Verb } from '../verb.ts'

export const ipamShow: Verb = {
  name: 'ipam show',
  summary: 'Show how much of pools and blocks is in use, or who has an address.',
  usage:
    '[--ip=<IP> | --show-blocks | --show-borrowed | --show-configuration] [--config=<CONFIG>] [--allow-version-mismatch]',
  options: [
    ['--ip <address>', 'who has it'],
    ['--show-blocks', 'blocks as well as pools'],
    ['--show-borrowed', 'addresses of other nodes’ blocks'],
    ['--show-configuration', 'settings of address management'],
    CONFIG,
    MISMATCH,
  ],
  async run(call) {
    const { options, around } = call
    await checkVersion(call)
    const { client } = clusterOf(call)
    const address = textOption(call, 'ip')
    if (address !== undefined) around.print(await aboutAddress(client, address))
    else if (options['showBorrowed'] === true) around.print(await borrowed(client))
    else if (options['showConfiguration'] === true) around.print(await configuration(client))
    else around.print(await usage(client, options['showBlocks'] === true))
    return 0
  },
}

/** An address of a block that somebody has. */
export interface Allocation {
  readonly address: string
  readonly block: IPAMBlock
  readonly ordinal: number
  readonly attribute: AllocationAttribute | undefined
}

export function allocationsOf(block: IPAMBlock): Allocation[] {
  const { cidr, allocations, attributes } = block.spec
  const network = parseCidr(cidr)
  return allocations.flatMap((index, ordinal) =>
    index === null || !network
      ? []
      : [{ address: addressAt(network, ordinal), block, ordinal, attribute: attributes[index] }],
  )
}

/** @throws CalicoError for what is no address */
export function checkAddress(address: string): void {
  if (isIP(address) !== 0) return
  throw new InvalidAddress(`Error executing command: invalid IP address specified: ${address}`)
}

/** Said on stdout, where calicoctl says it. */
export class InvalidAddress extends CalicoError {}

async function aboutAddress(client: KubeClient, address: string): Promise<string> {
  checkAddress(address)
  const { items } = await client.list(IPAM_BLOCKS)
  const block = items.find(({ spec }) => contains(spec.cidr, address))
  const found = block && allocationsOf(block).find((one) => one.address === address)
  if (!found) return `${address} is not assigned\n`
  const attributes = Object.entries(found.attribute?.secondary ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  if (attributes.length === 0) return `IP ${address} is in use\nNo attributes defined\n`
  const lines = attributes.map(([key, value]) => `  ${key}: ${value}\n`)
  return `IP ${address} is in use\nAttributes:\n${lines.join('')}`
}

async function usage(client: KubeClient, withBlocks: boolean): Promise<string> {
  const [pools, blocks] = await Promise.all([poolsIn(client), client.list(IPAM_BLOCKS)])
  const poolOf = ({ spec }: IPAMBlock) => pools.find((pool) => contains(pool.spec.cidr, spec.cidr))
  const rows = pools.flatMap((pool) => {
    const own = blocks.items.filter((block) => poolOf(block) === pool)
    const used = own.reduce((sum, block) => sum + usedOf(block), 0)
    const size = sizeOf(parseCidr(pool.spec.cidr) ?? { network: 0, prefix: 32 })
    return [usageRow('IP Pool', pool.spec.cidr, used, size), ...(withBlocks ? own.map(blockRow) : [])]
  })
  const orphaned = withBlocks ? blocks.items.filter((block) => !poolOf(block)).map(blockRow) : []
  return boxedTable(['GROUPING', 'CIDR', 'IPS TOTAL', 'IPS IN USE', 'IPS FREE'], [...rows, ...orphaned])
}

const usedOf = ({ spec }: IPAMBlock) => spec.allocations.length - spec.unallocated.length

function blockRow(block: IPAMBlock): string[] {
  return usageRow('Block', block.spec.cidr, usedOf(block), block.spec.allocations.length)
}

function usageRow(what: string, cidr: string, used: number, size: number): string[] {
  const share = (count: number) => `${goFloat(count, 5)} (${halfToEven((100 * count) / size)}%)`
  return [what, cidr, goFloat(size, 5), share(used), share(size - used)]
}

/** As Go rounds: 12.5 is 12, 37.5 is 38. */
function halfToEven(value: number): number {
  const low = Math.floor(value)
  if (value - low !== 0.5) return Math.round(value)
  return low % 2 === 0 ? low : low + 1
}

async function borrowed(client: KubeClient): Promise<string> {
  const { items } = await client.list(IPAM_BLOCKS)
  const rows = items.flatMap(allocationsOf).flatMap(({ address, block, attribute }) => {
    const { node, pod, namespace = '', type = '' } = attribute?.secondary ?? {}
    const owner = ownerOf(block)
    if (node === undefined || node === owner) return []
    const whose = pod === undefined ? [type, ''] : ['pod', `${namespace}/${pod}`]
    return [[address, node, block.spec.cidr, owner, ...whose]]
  })
  return boxedTable(['IP', 'BORROWING-NODE', 'BLOCK', 'BLOCK OWNER', 'TYPE', 'ALLOCATED-TO'], rows)
}

async function configuration(client: KubeClient): Promise<string> {
  const { strictAffinity, autoAllocateBlocks, maxBlocksPerHost } = await ipamSettings(client)
  return boxedTable(
    ['PROPERTY', 'VALUE'],
    [
      ['StrictAffinity', String(strictAffinity)],
      ['AutoAllocateBlocks', String(autoAllocateBlocks)],
      ['MaxBlocksPerHost', String(maxBlocksPerHost)],
    ],
  )
}
