import { IPAM_BLOCKS } from '../../dataplane/calico/resources.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Resource } from '../layout/resource.ts'
import { listOf, objectOf } from '../layout/shape.ts'
import { checkVersion, clusterOf } from '../open-cluster.ts'
import { storeOf } from '../store/store-of-kind.ts'
import { CONFIG, MISMATCH, textOption, type Call, type Verb } from '../verb.ts'
import { busiest, compare, inWords, type Owners, type Say } from './ipam-findings.ts'
import { reportOf, writeReport } from './ipam-report.ts'
import { allocationsOf, type Allocation } from './ipam-show.ts'

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

async function check(call: Call): Promise<void> {
  const say: Say = (line = '') => call.around.print(`${line}\n`)
  const showAll = call.options['showAllIps'] === true
  const showProblems = showAll || call.options['showProblemIps'] === true
  say('Checking IPAM for inconsistencies...\n')
  const { client } = clusterOf(call)
  const information = await storeOf(client, 'ClusterInformation').get({ name: 'default' })
  const allocations = await written(client, say, showAll)
  const ranges = await activeRanges(client, say)
  const owners = await used(client, say, showAll)
  busiest(allocations).forEach((line) => say(line))
  const problems = compare({ allocations, owners, ranges }, say, showProblems)
  say(`\nCheck complete; found ${problems} problems.`)
  const file = textOption(call, 'output')
  if (file !== undefined) writeReport(file, reportOf(information, allocations, owners))
}

async function written(client: KubeClient, say: Say, showAll: boolean): Promise<Allocation[]> {
  say('Loading all IPAM blocks...')
  const { items } = await client.list(IPAM_BLOCKS)
  say(`Found ${items.length} IPAM blocks.`)
  const allocations = items.flatMap((block) => {
    say(` IPAM block ${block.spec.cidr} affinity=${block.spec.affinity ?? '<none>'}:`)
    const own = allocationsOf(block)
    if (showAll) for (const one of own) say(`  ${one.address} allocated; attrs ${inWords(one)}`)
    return own
  })
  say(`IPAM blocks record ${allocations.length} allocations.\n`)
  return allocations
}

async function activeRanges(client: KubeClient, say: Say): Promise<string[]> {
  say('Loading all IPAM pools...')
  const { items } = await storeOf(client, 'IPPool').list()
  const ranges = items.filter(({ spec }) => spec['disabled'] !== true).map(({ spec }) => String(spec['cidr']))
  for (const range of ranges) say(`  ${range}`)
  say(`Found ${ranges.length} active IP pools.\n`)
  return ranges
}

async function used(client: KubeClient, say: Say, showAll: boolean): Promise<Owners> {
  const owners = new Map<string, string[]>()
  const note = ({ address, owner }: Use) => {
    if (showAll) say(`  ${address} belongs to ${owner}`)
    owners.set(address, [...(owners.get(address) ?? []), owner])
  }
  say('Loading all nodes.')
  const onNodes = (await storeOf(client, 'Node').list()).items.flatMap(usedByNode)
  onNodes.forEach(note)
  say(`Found ${onNodes.length} node tunnel IPs.\n`)
  say('Loading all workload endpoints.')
  const onEndpoints = (await storeOf(client, 'WorkloadEndpoint').list()).items.flatMap(usedByEndpoint)
  onEndpoints.forEach(note)
  say(`Found ${onEndpoints.length} workload IPs.`)
  say(`Workloads and nodes are using ${owners.size} IPs.\n`)
  return owners
}

interface Use {
  readonly address: string
  readonly owner: string
}

function usedByNode({ metadata, spec }: Resource): Use[] {
  const addresses = [
    spec['ipv4VXLANTunnelAddr'],
    objectOf(spec['wireguard'])['interfaceIPv4Address'],
    objectOf(spec['bgp'])['ipv4IPIPTunnelAddr'],
  ]
  return addresses
    .filter((one) => typeof one === 'string')
    .map((address) => ({ address, owner: `Node(${metadata.name})` }))
}

function usedByEndpoint({ metadata, spec }: Resource): Use[] {
  const owner = `Workload(${metadata.namespace}/${metadata.name})`
  return listOf(spec['ipNetworks']).map((network) => ({
    address: String(network).split('/')[0] ?? '',
    owner,
  }))
}
