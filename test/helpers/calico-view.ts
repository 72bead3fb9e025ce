import type { Encapsulation } from '../../src/dataplane/calico/encapsulation.ts'
import { planNode, type CalicoView, type NodePlan } from '../../src/dataplane/calico/plan.ts'
import type { BlockAffinity, IPAMBlock, IPPool } from '../../src/dataplane/calico/resources.ts'

export const API = { apiVersion: 'crd.projectcalico.org/v1' } as const
const PREFIX = 'projectcalico.org'
/** Node2 is in another network. */
const NODES = [
  ['node0', '172.30.0.10'],
  ['node1', '172.30.0.11'],
  ['node2', '172.31.0.12'],
] as const
export const BLOCKS = { node0: '192.168.135.128/26', node1: '192.168.166.128/26', node2: '192.168.104.0/26' }
export const TUNNELS = { node0: '192.168.135.130', node1: '192.168.166.131', node2: '192.168.104.3' }

export const pool = (spec: Partial<IPPool['spec']> = {}, name = 'default'): IPPool => ({
  ...API,
  kind: 'IPPool',
  metadata: { name },
  spec: { cidr: '192.168.0.0/16', ...spec },
})
export const affinity = (node: string, cidr: string, state: BlockAffinity['spec']['state'] = 'confirmed') =>
  ({
    ...API,
    kind: 'BlockAffinity',
    metadata: { name: `${node}-${cidr}` },
    spec: { node, cidr, state, deleted: 'false' },
  }) satisfies BlockAffinity
export const block = (node: keyof typeof BLOCKS, borrowers: readonly string[] = []): IPAMBlock => ({
  ...API,
  kind: 'IPAMBlock',
  metadata: { name: BLOCKS[node] },
  spec: {
    cidr: BLOCKS[node],
    affinity: `host:${node}`,
    allocations: borrowers.map((_, i) => i),
    attributes: borrowers.map((borrower) => ({ secondary: { node: borrower } })),
    unallocated: [],
    strictAffinity: false,
    deleted: false,
    sequenceNumber: 0,
    sequenceNumberForAllocation: {},
  },
})

/** @param announced which tunnels which nodes tell of: `ipip: [node0, node1]` */
export function view(
  more: Partial<CalicoView> = {},
  announced: Readonly<Record<string, readonly string[]>> = {},
): CalicoView {
  const notes = { ipip: 'IPv4IPIPTunnelAddr', vxlan: 'IPv4VXLANTunnelAddr' } as const
  const nodes = NODES.map(([name, address]) => ({
    apiVersion: 'v1' as const,
    kind: 'Node' as const,
    metadata: {
      name,
      annotations: {
        [`${PREFIX}/IPv4Address`]: `${address}/24`,
        ...Object.fromEntries(
          (['ipip', 'vxlan'] as const).flatMap((tunnel) =>
            announced[tunnel]?.includes(name) ? [[`${PREFIX}/${notes[tunnel]}`, TUNNELS[name]]] : [],
          ),
        ),
      },
    },
  }))
  return {
    nodes,
    pools: [pool()],
    affinities: NODES.map(([name]) => affinity(name, BLOCKS[name])),
    blocks: NODES.map(([name]) => block(name)),
    configurations: [],
    peers: [],
    felixConfigurations: [],
    services: [],
    slices: [],
    secrets: [],
    ...more,
  }
}

export const ALL = NODES.map(([name]) => name)

export function plan(
  more: Partial<CalicoView> = {},
  announced: Readonly<Record<string, readonly string[]>> = {},
  before: ReadonlyMap<string, Encapsulation> = new Map(),
): NodePlan {
  const seen = planNode('node0', view(more, announced), before)
  if (!seen) throw new Error('expected a plan')
  return seen
}
