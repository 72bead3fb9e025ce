import type { CalicoObject } from '../resources.ts'
import type { ResourceType } from '../../../kube/resources.ts'

/** A TCP, UDP or SCTP port: 80, "8000:8080" or the name of a container's port. */
export type Port = number | string

/** One side of a rule: all that is given has to hold. */
export interface EntityRule {
  readonly nets?: readonly string[]
  readonly notNets?: readonly string[]
  readonly selector?: string
  readonly notSelector?: string
  readonly namespaceSelector?: string
  readonly ports?: readonly Port[]
  readonly notPorts?: readonly Port[]
  readonly serviceAccounts?: { readonly names?: readonly string[]; readonly selector?: string }
  readonly services?: { readonly name?: string; readonly namespace?: string }
}

export interface IcmpFields {
  readonly type?: number
  readonly code?: number
}

export interface PolicyRule {
  /** Allow, Deny, Log or Pass. */
  readonly action: string
  readonly ipVersion?: number
  /** TCP, or a number. */
  readonly protocol?: string | number
  readonly notProtocol?: string | number
  readonly icmp?: IcmpFields
  readonly notICMP?: IcmpFields
  readonly source?: EntityRule
  readonly destination?: EntityRule
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> }
}

interface CommonSpec {
  /** Small ones are asked first; without one, after all others. */
  readonly order?: number
  /** Of endpoints; all when absent. */
  readonly selector?: string
  readonly serviceAccountSelector?: string
  /** Ingress and Egress; both when absent. */
  readonly types?: readonly string[]
  readonly ingress?: readonly PolicyRule[]
  readonly egress?: readonly PolicyRule[]
}

/** Of the pods in its namespace. */
export type CalicoNetworkPolicy = CalicoObject<'NetworkPolicy', CommonSpec>

export type GlobalNetworkPolicy = CalicoObject<
  'GlobalNetworkPolicy',
  CommonSpec & {
    readonly namespaceSelector?: string
    /** Both concern host endpoints only. */
    readonly doNotTrack?: boolean
    readonly preDNAT?: boolean
  }
>

interface Nets {
  /** Addresses or networks. */
  readonly nets?: readonly string[]
}

/** Addresses that selectors find by the set's labels, in its namespace. */
export type NetworkSet = CalicoObject<'NetworkSet', Nets>
export type GlobalNetworkSet = CalicoObject<'GlobalNetworkSet', Nets>

const GROUP = { group: 'crd.projectcalico.org', version: 'v1' }

export const CALICO_NETWORK_POLICIES: ResourceType<CalicoNetworkPolicy> = {
  ...GROUP,
  plural: 'networkpolicies',
  kind: 'NetworkPolicy',
  namespaced: true,
}
export const GLOBAL_NETWORK_POLICIES: ResourceType<GlobalNetworkPolicy> = {
  ...GROUP,
  plural: 'globalnetworkpolicies',
  kind: 'GlobalNetworkPolicy',
  namespaced: false,
}
export const NETWORK_SETS: ResourceType<NetworkSet> = {
  ...GROUP,
  plural: 'networksets',
  kind: 'NetworkSet',
  namespaced: true,
}
export const GLOBAL_NETWORK_SETS: ResourceType<GlobalNetworkSet> = {
  ...GROUP,
  plural: 'globalnetworksets',
  kind: 'GlobalNetworkSet',
  namespaced: false,
}
