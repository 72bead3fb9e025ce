import type * as upstream from '@kubernetes/client-node'

/** An upstream model as it is on the wire: dates are RFC 3339 strings. */
type Wire<T> = T extends Date
  ? string
  : T extends (infer U)[]
    ? Wire<U>[]
    : T extends object
      ? { [K in keyof T]: Wire<T[K]> }
      : T

export type ObjectMeta = Wire<upstream.V1ObjectMeta>
export type LabelSelector = Wire<upstream.V1LabelSelector>
export type OwnerReference = Wire<upstream.V1OwnerReference>
export type Status = Omit<Wire<upstream.V1Status>, 'status'> & { status?: 'Success' | 'Failure' }

/** Any object the API serves. Fields beyond metadata are the kind's own. */
export interface KubeObject {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: ObjectMeta | undefined
}

/** A kind with the fields that the API server always fills. */
type Kind<T> = Wire<T> & {
  apiVersion: string
  kind: string
  metadata: ObjectMeta & { name: string }
}

export type Namespace = Kind<upstream.V1Namespace>
export type Node = Kind<upstream.V1Node>
export type Pod = Kind<upstream.V1Pod>
export type Service = Kind<upstream.V1Service>
export type Endpoints = Kind<upstream.V1Endpoints>
export type EndpointSlice = Kind<upstream.V1EndpointSlice>
export type ConfigMap = Kind<upstream.V1ConfigMap>
export type Secret = Kind<upstream.V1Secret>
export type ServiceAccount = Kind<upstream.V1ServiceAccount>
export type Event = Kind<upstream.CoreV1Event>
export type Lease = Kind<upstream.V1Lease>
export type Deployment = Kind<upstream.V1Deployment>
export type ReplicaSet = Kind<upstream.V1ReplicaSet>
export type DaemonSet = Kind<upstream.V1DaemonSet>
export type NetworkPolicy = Omit<Kind<upstream.V1NetworkPolicy>, 'spec'> & { spec?: NetworkPolicySpec }
export type Role = Kind<upstream.V1Role>
export type ClusterRole = Kind<upstream.V1ClusterRole>
export type RoleBinding = Kind<upstream.V1RoleBinding>
export type ClusterRoleBinding = Kind<upstream.V1ClusterRoleBinding>
export type PodDisruptionBudget = Kind<upstream.V1PodDisruptionBudget>
export type CustomResourceDefinition = Kind<upstream.V1CustomResourceDefinition>

export type NetworkPolicyPeer = Wire<upstream.V1NetworkPolicyPeer>
export type NetworkPolicyPort = Wire<upstream.V1NetworkPolicyPort>
/** The generated model says `_from`. */
type NetworkPolicyIngressRule = { from?: NetworkPolicyPeer[]; ports?: NetworkPolicyPort[] }
export type NetworkPolicySpec = Omit<Wire<upstream.V1NetworkPolicySpec>, 'ingress'> & {
  ingress?: NetworkPolicyIngressRule[]
}
export type PodTemplateSpec = Wire<upstream.V1PodTemplateSpec>
export type PodSpec = Wire<upstream.V1PodSpec>
export type PodStatus = Wire<upstream.V1PodStatus>
export type Container = Wire<upstream.V1Container>
export type ContainerStatus = Wire<upstream.V1ContainerStatus>
export type ContainerState = Wire<upstream.V1ContainerState>
export type Probe = Wire<upstream.V1Probe>
export type Taint = Wire<upstream.V1Taint>
export type Toleration = Wire<upstream.V1Toleration>
export type NodeCondition = Wire<upstream.V1NodeCondition>
export type ServicePort = Wire<upstream.V1ServicePort>
export type Endpoint = Wire<upstream.V1Endpoint>
