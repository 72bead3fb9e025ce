import type { CustomResourceDefinition } from '../../kube/objects.ts'
import {
  BGP_CONFIGURATIONS,
  BGP_PEERS,
  BLOCK_AFFINITIES,
  FELIX_CONFIGURATIONS,
  IP_POOLS,
  IPAM_BLOCKS,
  IPAM_HANDLES,
} from './resources.ts'

type Schema = Readonly<Record<string, unknown>>

const string: Schema = { type: 'string' }
const boolean: Schema = { type: 'boolean' }
const asNumber: Schema = { type: 'integer', format: 'int64', minimum: 1, maximum: 4294967295 }
const open: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

/** By plural: what a spec has to have, and the fields whose values the API server is to look at. */
const SPECS: readonly (readonly [{ plural: string; kind: string }, readonly string[], Schema])[] = [
  [
    IP_POOLS,
    ['cidr'],
    {
      cidr: { type: 'string', format: 'cidr' },
      blockSize: { type: 'integer', minimum: 0, maximum: 32 },
      ipipMode: { type: 'string', enum: ['Always', 'CrossSubnet', 'Never'] },
      vxlanMode: { type: 'string', enum: ['Always', 'CrossSubnet', 'Never'] },
      natOutgoing: boolean,
      disabled: boolean,
      disableBGPExport: boolean,
      nodeSelector: string,
      allowedUses: { type: 'array', items: string },
    },
  ],
  [IPAM_BLOCKS, ['cidr', 'allocations', 'unallocated'], { cidr: string }],
  [BLOCK_AFFINITIES, ['cidr', 'node', 'state'], { cidr: string, node: string, state: string }],
  [IPAM_HANDLES, ['handleID', 'block'], { handleID: string }],
  [BGP_CONFIGURATIONS, [], { asNumber, nodeToNodeMeshEnabled: boolean }],
  [BGP_PEERS, [], { asNumber, peerIP: string, node: string, nodeSelector: string, peerSelector: string }],
  [FELIX_CONFIGURATIONS, [], {}],
]

/** The kinds of crd.projectcalico.org/v1 that {@link ./calico.ts} lives on. Fields that it does not read are kept. */
export function calicoDefinitions(): CustomResourceDefinition[] {
  return SPECS.map(([{ plural, kind }, required, properties]) => {
    const spec = { ...open, ...(required.length > 0 && { required }), properties }
    const schema = { openAPIV3Schema: { type: 'object', properties: { spec } } }
    return definition(plural, kind, schema as Version['schema'])
  })
}

type Version = CustomResourceDefinition['spec']['versions'][number]

function definition(plural: string, kind: string, schema: Version['schema']): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.crd.projectcalico.org` },
    spec: {
      group: 'crd.projectcalico.org',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      scope: 'Cluster',
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  }
}
