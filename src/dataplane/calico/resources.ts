import type { KubeObject, ObjectMeta } from '../../kube/objects.ts'
import type { ResourceType } from '../../kube/resources.ts'

/** An object of crd.projectcalico.org/v1, as Calico 3.23 stores it in Kubernetes. */
export interface CalicoObject<Kind extends string, Spec> extends KubeObject {
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

/** A key of a Secret in the namespace that calico/node runs in. */
export interface SecretKeyRef {
  readonly secretKeyRef?: { readonly name?: string; readonly key?: string }
}

/** The one called `default` is everybody's, `node.<name>` one node's: of that, only what a node may have of its own is read. */
export type BGPConfiguration = CalicoObject<
  'BGPConfiguration',
  {
    /** Of nodes that name none themselves; 64512 when absent. */
    readonly asNumber?: number
    /** On when absent. */
    readonly nodeToNodeMeshEnabled?: boolean
    /** Debug has BIRD tell everything, None nothing. */
    readonly logSeverityScreen?: string
    /** Where BIRD listens; 179 when absent. */
    readonly listenPort?: number
    readonly serviceClusterIPs?: readonly { readonly cidr?: string }[]
    readonly serviceExternalIPs?: readonly { readonly cidr?: string }[]
    readonly serviceLoadBalancerIPs?: readonly { readonly cidr?: string }[]
    /** Names of communities: `aa:nn`, or `aa:nn:mm` for large ones. */
    readonly communities?: readonly { readonly name?: string; readonly value?: string }[]
    readonly prefixAdvertisements?: readonly {
      readonly cidr?: string
      /** Names, or communities themselves. */
      readonly communities?: readonly string[]
    }[]
    readonly nodeMeshPassword?: SecretKeyRef
    /** 120s when absent. */
    readonly nodeMeshMaxRestartTime?: string
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
    /** Of routes from elsewhere; only for peers of another AS. */
    readonly keepOriginalNextHop?: boolean
    /** What the connection comes from: the node's address when absent. */
    readonly sourceAddress?: 'UseNodeIP' | 'None'
    readonly password?: SecretKeyRef
    /** How long routes stay when the peer is gone: 90s, 2m. */
    readonly maxRestartTime?: string
    /** How often the node's own AS may be in a path. */
    readonly numAllowedLocalASNumbers?: number
    /** How many hops away the peer may be; packets from further away are dropped (RFC 5082). */
    readonly ttlSecurity?: number
    /** A gateway by which the peer is reached. */
    readonly reachableBy?: string
  }
>

/** The one called `default` is everybody's; `node.<name>` is one node's and comes before it. `felix-settings.ts` reads it. */
export type FelixConfiguration = CalicoObject<'FelixConfiguration', Readonly<Record<string, unknown>>>

/** There is one, called `default`. */
export type ClusterInformation = CalicoObject<
  'ClusterInformation',
  {
    readonly calicoVersion?: string
    readonly clusterGUID?: string
    readonly clusterType?: string
    /** False locks the plugins out. */
    readonly datastoreReady?: boolean
  }
>

/** There is one, called `default`, as soon as somebody wants what is not the default. */
export type IPAMConfig = CalicoObject<
  'IPAMConfig',
  {
    /** Nobody has addresses of others' blocks. */
    readonly strictAffinity: boolean
    /** Nodes claim blocks as they need them. */
    readonly autoAllocateBlocks: boolean
    /** No limit when 0 or absent. */
    readonly maxBlocksPerHost?: number
  }
>

/** Addresses that are never given out unless they are asked for. */
export type IPReservation = CalicoObject<'IPReservation', { readonly reservedCIDRs?: readonly string[] }>

/** There is one, called `default`. */
export type Tier = CalicoObject<'Tier', { readonly order?: number; readonly defaultAction?: 'Deny' }>

interface Reconciler {
  readonly reconcilerPeriod?: string
}

/** There is one, called `default`. Durations are Go's: 15m0s. */
export type KubeControllersConfiguration = CalicoObject<
  'KubeControllersConfiguration',
  {
    readonly controllers?: {
      readonly namespace?: Reconciler
      readonly policy?: Reconciler
      readonly serviceAccount?: Reconciler
      readonly workloadEndpoint?: Reconciler
      readonly node?: Reconciler & {
        readonly hostEndpoint?: { readonly autoCreate?: string }
        /** How long an address may be without its pod. */
        readonly leakGracePeriod?: string
        readonly syncLabels?: string
      }
    }
    readonly etcdV3CompactionPeriod?: string
    readonly healthChecks?: string
    readonly logSeverityScreen?: string
    readonly prometheusMetricsPort?: number
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
export const FELIX_CONFIGURATIONS = clusterWide<FelixConfiguration>(
  'felixconfigurations',
  'FelixConfiguration',
)

export const CLUSTER_INFORMATIONS = clusterWide<ClusterInformation>(
  'clusterinformations',
  'ClusterInformation',
)
export const KUBE_CONTROLLERS_CONFIGURATIONS = clusterWide<KubeControllersConfiguration>(
  'kubecontrollersconfigurations',
  'KubeControllersConfiguration',
)
export const TIERS = clusterWide<Tier>('tiers', 'Tier')
export const IPAM_CONFIGS = clusterWide<IPAMConfig>('ipamconfigs', 'IPAMConfig')
export const IP_RESERVATIONS = clusterWide<IPReservation>('ipreservations', 'IPReservation')

/** The metadata of an object that Calico itself makes: the annotation is what its own API keeps of metadata. */
export function ownMetadata(name: string): ObjectMeta & { name: string } {
  return { name, annotations: { 'projectcalico.org/metadata': '{"creationTimestamp":null}' } }
}

/** 192.168.104.0/26 as part of a name: 192-168-104-0-26. */
export function cidrName(cidr: string): string {
  return cidr.replaceAll(/[./]/g, '-')
}
