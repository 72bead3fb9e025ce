import { contains } from '../../net/cidr.ts'
import { ownerOf } from '../../dataplane/calico/ipam/block.ts'
import type { Allocation } from './ipam-show.ts'

/** Who uses which address, in the order in which they were found. */
export type Owners = ReadonlyMap<string, readonly string[]>

/** Says a line. */
export type Say = (line?: string) => void

/** What is written down beside an address. */
export function inWords({ attribute }: Allocation): string {
  const { handle_id = '<none>', secondary = {} } = attribute ?? {}
  const pairs = Object.entries(secondary).sort(([a], [b]) => (a < b ? -1 : 1))
  return `Main:${handle_id} Extra:${pairs.map(([key, value]) => `${key}=${value}`).join(',')}`
}

/** Whom it was given to. */
export const nodeOf = ({ attribute, block }: Allocation) => attribute?.secondary?.['node'] ?? ownerOf(block)

const MOST = 20

/** Which nodes have most addresses. */
export function busiest(allocations: readonly Allocation[]): string[] {
  const counts = new Map<string, number>()
  for (const one of allocations) counts.set(nodeOf(one), (counts.get(nodeOf(one)) ?? 0) + 1)
  const sorted = [...counts].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
  const [, most = 0] = sorted[0] ?? []
  const [, median = 0] = sorted[Math.floor(sorted.length / 2)] ?? []
  return [
    `Looking for top (up to ${MOST}) nodes by allocations...`,
    ...sorted.slice(0, MOST).map(([node, count]) => `  ${node} has ${count} allocations`),
    ...(sorted.length > 0 ? [`Node with most allocations has ${most}; median is ${median}`] : []),
    '',
  ]
}

/** Says what is wrong. @returns how many addresses are */
export function compare(
  {
    allocations,
    owners,
    ranges,
  }: { allocations: readonly Allocation[]; owners: Owners; ranges: readonly string[] },
  say: (line: string) => void,
  showProblems: boolean,
): number {
  const show = (line: string) => void (showProblems && say(line))
  say('Scanning for IPs that are allocated but not actually in use...')
  const leaked = allocations.filter(({ address }) => !owners.has(address))
  for (const one of leaked) show(`  ${one.address} leaked; attrs ${inWords(one)}`)
  say(`Found ${leaked.length} IPs that are allocated in IPAM but not actually in use.`)
  say('Scanning for IPs that are in use by a workload or node but not allocated in IPAM...')
  const allocated = new Set(allocations.map(({ address }) => address))
  let strange = 0
  let unknown = 0
  for (const [address, names] of owners) {
    if (names.length > 1) show(`  ${address} has multiple owners.`)
    if (allocated.has(address)) continue
    const isOurs = ranges.some((range) => contains(range, address))
    const where = isOurs
      ? 'and in active IPAM pool but has no IPAM allocation.'
      : 'is not in any active IP pool.'
    for (const name of names) show(`  ${address} in use by ${name} ${where}`)
    if (isOurs) unknown++
    else strange++
  }
  say(`Found ${strange} in-use IPs that are not in active IP pools.`)
  say(`Found ${unknown} in-use IPs that are in active IP pools but have no corresponding IPAM allocation.`)
  return leaked.length + strange + unknown
}
