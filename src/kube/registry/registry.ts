import { configMaps } from './config-maps.ts'
import { customResourceDefinitions } from './custom-resource-definitions.ts'
import { daemonSets } from './daemon-sets.ts'
import type { ResourceDefinition } from './definition.ts'
import { deployments } from './deployments.ts'
import { endpointSlices } from './endpoint-slices.ts'
import { endpoints } from './endpoints.ts'
import { events } from './events.ts'
import { leases } from './leases.ts'
import { namespaces } from './namespaces.ts'
import { networkPolicies } from './network-policies.ts'
import { nodes } from './nodes.ts'
import { podDisruptionBudgets } from './pod-disruption-budgets.ts'
import { pods } from './pods.ts'
import { replicaSets } from './replica-sets.ts'
import { clusterRoleBindings, roleBindings } from './role-bindings.ts'
import { clusterRoles, roles } from './roles.ts'
import { secrets } from './secrets.ts'
import { serviceAccounts } from './service-accounts.ts'
import type { Random } from './service/allocator.ts'
import { services } from './services.ts'

export interface RegistryOptions {
  /** How long pods tolerate a node that is not ready or unreachable, unless they say: default 300, as upstream. */
  readonly tolerationSeconds?: number
  /** Where ClusterIPs and node ports are drawn from; default Math.random. */
  readonly random?: Random
}

/** Every kind that the API server serves. */
export function createRegistry(options: RegistryOptions = {}): readonly ResourceDefinition[] {
  const { tolerationSeconds = 300, random = Math.random } = options
  return [
    namespaces,
    nodes,
    pods(tolerationSeconds),
    services(random),
    endpoints,
    configMaps,
    secrets,
    serviceAccounts,
    events,
    deployments,
    replicaSets,
    daemonSets,
    leases,
    endpointSlices,
    networkPolicies,
    podDisruptionBudgets,
    roles,
    roleBindings,
    clusterRoles,
    clusterRoleBindings,
    customResourceDefinitions,
  ]
}
