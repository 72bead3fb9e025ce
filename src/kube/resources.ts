import type * as o from './objects.ts'

/**
 * Names one kind of object to a client: group, version and plural, as in its URL. `T` is the object's type; the phantom
 * field carries it and is never set.
 */
export interface ResourceType<T extends o.KubeObject = o.KubeObject> {
  /** "" for the core group. */
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
  readonly _object?: T
}

function resource<T extends o.KubeObject>(
  apiVersion: string,
  plural: string,
  kind: string,
  namespaced = true,
): ResourceType<T> {
  const [version = '', group = ''] = apiVersion.split('/').toReversed()
  return { group, version, plural, kind, namespaced }
}

export const NAMESPACES = resource<o.Namespace>('v1', 'namespaces', 'Namespace', false)
export const NODES = resource<o.Node>('v1', 'nodes', 'Node', false)
export const PODS = resource<o.Pod>('v1', 'pods', 'Pod')
export const SERVICES = resource<o.Service>('v1', 'services', 'Service')
export const ENDPOINTS = resource<o.Endpoints>('v1', 'endpoints', 'Endpoints')
export const CONFIG_MAPS = resource<o.ConfigMap>('v1', 'configmaps', 'ConfigMap')
export const SECRETS = resource<o.Secret>('v1', 'secrets', 'Secret')
export const SERVICE_ACCOUNTS = resource<o.ServiceAccount>('v1', 'serviceaccounts', 'ServiceAccount')
export const EVENTS = resource<o.Event>('v1', 'events', 'Event')
export const DEPLOYMENTS = resource<o.Deployment>('apps/v1', 'deployments', 'Deployment')
export const REPLICA_SETS = resource<o.ReplicaSet>('apps/v1', 'replicasets', 'ReplicaSet')
export const DAEMON_SETS = resource<o.DaemonSet>('apps/v1', 'daemonsets', 'DaemonSet')
export const ENDPOINT_SLICES = resource<o.EndpointSlice>(
  'discovery.k8s.io/v1',
  'endpointslices',
  'EndpointSlice',
)
export const NETWORK_POLICIES = resource<o.NetworkPolicy>(
  'networking.k8s.io/v1',
  'networkpolicies',
  'NetworkPolicy',
)
export const CUSTOM_RESOURCE_DEFINITIONS = resource<o.CustomResourceDefinition>(
  'apiextensions.k8s.io/v1',
  'customresourcedefinitions',
  'CustomResourceDefinition',
  false,
)
export const LEASES = resource<o.Lease>('coordination.k8s.io/v1', 'leases', 'Lease')

const RBAC = 'rbac.authorization.k8s.io/v1'
export const ROLES = resource<o.Role>(RBAC, 'roles', 'Role')
export const ROLE_BINDINGS = resource<o.RoleBinding>(RBAC, 'rolebindings', 'RoleBinding')
export const CLUSTER_ROLES = resource<o.ClusterRole>(RBAC, 'clusterroles', 'ClusterRole', false)
export const CLUSTER_ROLE_BINDINGS = resource<o.ClusterRoleBinding>(
  RBAC,
  'clusterrolebindings',
  'ClusterRoleBinding',
  false,
)
export const POD_DISRUPTION_BUDGETS = resource<o.PodDisruptionBudget>(
  'policy/v1',
  'poddisruptionbudgets',
  'PodDisruptionBudget',
)
