import { writeFileSync } from 'node:fs'
import { IPAM_BLOCKS } from '../../dataplane/calico/resources.ts'
import { contains } from '../../net/cidr.ts'
import { missing } from '../calico-error.ts'
import type { Resource } from '../layout/resource.ts'
import { isObject } from '../layout/shape.ts'
import { checkVersion, clusterOf, informationOf, VERSION } from '../open-cluster.ts'
import { storeOf } from '../store/store-of-kind.ts'
import { CONFIG, MISMATCH, textOption, type Call, type Verb } from '../verb.ts'
import { allocationsOf, ownerOf, type Allocation } from './ipam-show.ts'

export const ipamCheck: Verb = {
  name: 'ipam check',
  summary: 'Compare what address management has written down with what pods and nodes use.',
  usage: '[--config=<CONFIG>] [--show-all-ips] [--show-problem-ips] [-o <FILE>] [--allow-version-mismatch]',
  options: [
    ['-o, --output <file>', 'a report for ipam release'],
    ['--show-all-ips', 'each address that is looked at'],
    ['--show-problem-ips', 'each address that is wrong'],
    CONFIG,
    MISMATCH,
  ],
  async run(call) {
    await checkVersion(call)
    await check(call)
    return 0
  },
}

/** Who uses which address, in the order in which they were found. */
type Owners = ReadonlyMap<string, readonly string[]>

async function check(call: Call): Promise<void> {
  const say = (line = '') => call.around.print(`${line}\n`)
  const showAll = call.options['showAllIps'] === true
  const showProblems = showAll || call.options['showProblemIps'] === true
  say('Checking IPAM for inconsistencies...\n')
  const cluster = clusterOf(call)
  const information = await informationOf(cluster)
  if (!information) {
    throw missing(
      'ClusterInformation(default)',
      'clusterinformations.crd.projectcalico.org "default" not found',
    )
  }
  const resources = async (kind: string) => (await storeOf(cluster.client, kind).list()).items

  say('Loading all IPAM blocks...')
  const { items: blocks } = await cluster.client.list(IPAM_BLOCKS)
  say(`Found ${blocks.length} IPAM blocks.`)
  const allocations = blocks.flatMap((block) => {
    say(` IPAM block ${block.spec.cidr} affinity=${block.spec.affinity ?? '<none>'}:`)
    const own = allocationsOf(block)
    if (showAll) for (const one of own) say(`  ${one.address} allocated; attrs ${inWords(one)}`)
    return own
  })
  say(`IPAM blocks record ${allocations.length} allocations.\n`)

  say('Loading all IPAM pools...')
  const pools = (await resources('IPPool')).filter(({ spec }) => spec['disabled'] !== true)
  const ranges = pools.map(({ spec }) => String(spec['cidr']))
  for (const range of ranges) say(`  ${range}`)
  say(`Found ${ranges.length} active IP pools.\n`)

  const owners = new Map<string, string[]>()
  const note = ({ address, owner }: Use) => {
    if (showAll) say(`  ${address} belongs to ${owner}`)
    owners.set(address, [...(owners.get(address) ?? []), owner])
  }
  say('Loading all nodes.')
  const onNodes = (await resources('Node')).flatMap(usedByNode)
  onNodes.forEach(note)
  say(`Found ${onNodes.length} node tunnel IPs.\n`)
  say('Loading all workload endpoints.')
  const onEndpoints = (await resources('WorkloadEndpoint')).flatMap(usedByEndpoint)
  onEndpoints.forEach(note)
  say(`Found ${onEndpoints.length} workload IPs.`)
  say(`Workloads and nodes are using ${owners.size} IPs.\n`)

  busiest(allocations).forEach((line) => say(line))
  const problems = compare({ allocations, owners, ranges }, say, showProblems)
  say(`\nCheck complete; found ${problems} problems.`)
  const file = textOption(call, 'output')
  if (file !== undefined) writeFileSync(file, reportOf(information, allocations, owners))
}

interface Use {
  readonly address: string
  readonly owner: string
}

function usedByNode({ metadata, spec }: Resource): Use[] {
  const of = (value: unknown, field: string) => (isObject(value) ? value[field] : undefined)
  const addresses = [
    spec['ipv4VXLANTunnelAddr'],
    of(spec['wireguard'], 'interfaceIPv4Address'),
    of(spec['bgp'], 'ipv4IPIPTunnelAddr'),
  ]
  return addresses
    .filter((one) => typeof one === 'string')
    .map((address) => ({ address, owner: `Node(${metadata.name})` }))
}

function usedByEndpoint({ metadata, spec }: Resource): Use[] {
  const networks = Array.isArray(spec['ipNetworks']) ? (spec['ipNetworks'] as string[]) : []
  const owner = `Workload(${metadata.namespace}/${metadata.name})`
  return networks.map((network) => ({ address: network.split('/')[0] ?? '', owner }))
}

function inWords({ attribute }: Allocation): string {
  const { handle_id = '<none>', secondary = {} } = attribute ?? {}
  const pairs = Object.entries(secondary).sort(([a], [b]) => (a < b ? -1 : 1))
  return `Main:${handle_id} Extra:${pairs.map(([key, value]) => `${key}=${value}`).join(',')}`
}

const nodeOf = ({ attribute, block }: Allocation) => attribute?.secondary?.['node'] ?? ownerOf(block)

const MOST = 20

function busiest(allocations: readonly Allocation[]): string[] {
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

/** @returns how many addresses are wrong */
function compare(
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

function reportOf({ metadata, spec }: Resource, allocations: readonly Allocation[], owners: Owners): string {
  const entries = allocations.map((one) => {
    const { handle_id, secondary = {} } = one.attribute ?? {}
    const users = owners.get(one.address)
    const entry = {
      ip: one.address,
      handle: handle_id,
      sequenceNumber: one.block.spec.sequenceNumberForAllocation[one.ordinal] ?? 0,
      pod: secondary['pod'],
      namespace: secondary['namespace'],
      node: nodeOf(one),
      type: secondary['type'],
      creationTimestamp: secondary['timestamp'],
      inUse: users !== undefined,
      borrowed: nodeOf(one) !== ownerOf(one.block) || undefined,
      owners: users ?? null,
    }
    return [one.address, [entry]] as const
  })
  const report = {
    version: VERSION,
    clusterGUID: spec['clusterGUID'] ?? '',
    datastoreLocked: spec['datastoreReady'] === false,
    clusterInformationRevision: metadata.resourceVersion ?? '',
    clusterType: spec['clusterType'] ?? '',
    allocations: Object.fromEntries(entries),
  }
  return JSON.stringify(report, null, 2)
}
