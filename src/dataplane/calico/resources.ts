import type { KubeObject, ObjectMeta } from '../../kube/objects.ts'
import type { ResourceType } from '../../kube/resources.ts'

/** An object of crd.projectcalico.org/v1, as Calico 3.23 stores it in Kubernetes. */
interface CalicoObject<Kind extends string, Spec> extends KubeObject {
  readonly apiVersion: 'crd.projectcalico.org/v1'
  readonly kind: Kind
  readonly metadata: ObjectMeta & { name: string }
  readonly spec: Spec
}

export type EncapsulationMode = 'Always' | 'CrossSubnet' | 'Never'

export type IPPool = CalicoObject<
  'IPPool',
  {
    readonly cidr: string
    /** Prefix length of a block; 26 when absent. */
    readonly blockSize?: number
    readonly ipipMode?: EncapsulationMode
    readonly vxlanMode?: EncapsulationMode
    readonly natOutgoing?: boolean
    readonly disabled?: boolean
    readonly disableBGPExport?: boolean
    /** Of nodes, in Calico's language; all when absent. */
    readonly nodeSelector?: string
    /** What addresses are for; both when absent. */
    readonly allowedUses?: readonly ('Workload' | 'Tunnel')[]
  }
>

/** Who has an address, and more about it. */
export interface AllocationAttribute {
  readonly handle_id?: string
  readonly secondary?: Readonly<Record<string, string>>
}

export type IPAMBlock = CalicoObject<
  'IPAMBlock',
  {
    readonly cidr: string
    /** `host:node1`; absent when the node is gone and addresses are still in use. */
    readonly affinity?: string
    /** For each address null, or an index into attributes. */
    readonly allocations: readonly (number | null)[]
    readonly attributes: readonly AllocationAttribute[]
    /** Free addresses by ordinal, the next one first: a released one goes to the end. */
    readonly unallocated: readonly number[]
    readonly strictAffinity: boolean
    readonly deleted: boolean
    /** Grows with every change; begins with the time in µs, so that a block made anew never repeats one. */
    readonly sequenceNumber: number
    /** By ordinal: the number that the block had when the address was given out. */
    readonly sequenceNumberForAllocation: Readonly<Record<string, number>>
  }
>

export type BlockAffinity = CalicoObject<
  'BlockAffinity',
  {
    readonly cidr: string
    readonly node: string
    readonly state: 'pending' | 'confirmed' | 'pendingDeletion'
    readonly deleted: 'true' | 'false'
  }
>

export type IPAMHandle = CalicoObject<
  'IPAMHandle',
  {
    readonly handleID: string
    /** Block → how many addresses of it. */
    readonly block: Readonly<Record<string, number>>
    readonly deleted: boolean
  }
>

/** Only the one called `default` is read. */
export type BGPConfiguration = CalicoObject<
  'BGPConfiguration',
  {
    /** Of nodes that name none themselves; 64512 when absent. */
    readonly asNumber?: number
    /** On when absent. */
    readonly nodeToNodeMeshEnabled?: boolean
  }
>

/** Without `node` and `nodeSelector` every node has this peer. */
export type BGPPeer = CalicoObject<
  'BGPPeer',
  {
    readonly node?: string
    readonly nodeSelector?: string
    /** 2.2.2.2 or 2.2.2.2:1790 */
    readonly peerIP?: string
    readonly asNumber?: number
    /** Nodes as peers, instead of peerIP and asNumber. */
    readonly peerSelector?: string
    readonly keepOriginalNextHop?: boolean
    /** What the connection comes from: the node's address when absent. */
    readonly sourceAddress?: 'UseNodeIP' | 'None'
  }
>

function clusterWide<T extends KubeObject>(plural: string, kind: string): ResourceType<T> {
  return { group: 'crd.projectcalico.org', version: 'v1', plural, kind, namespaced: false }
}

export const IP_POOLS = clusterWide<IPPool>('ippools', 'IPPool')
export const IPAM_BLOCKS = clusterWide<IPAMBlock>('ipamblocks', 'IPAMBlock')
export const BLOCK_AFFINITIES = clusterWide<BlockAffinity>('blockaffinities', 'BlockAffinity')
export const IPAM_HANDLES = clusterWide<IPAMHandle>('ipamhandles', 'IPAMHandle')

export const BGP_CONFIGURATIONS = clusterWide<BGPConfiguration>('bgpconfigurations', 'BGPConfiguration')
export const BGP_PEERS = clusterWide<BGPPeer>('bgppeers', 'BGPPeer')

/** The metadata of an object that Calico itself makes: the annotation is what its own API keeps of metadata. */
export function ownMetadata(name: string): ObjectMeta & { name: string } {
  return { name, annotations: { 'projectcalico.org/metadata': '{"creationTimestamp":null}' } }
}

/** 192.168.104.0/26 as part of a name: 192-168-104-0-26. */
export function cidrName(cidr: string): string {
  return cidr.replaceAll(/[./]/g, '-')
}
