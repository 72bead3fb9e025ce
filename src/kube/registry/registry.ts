import { configMaps } from './config-maps.ts'
import type { ResourceDefinition } from './definition.ts'
import { endpointSlices } from './endpoint-slices.ts'
import { endpoints } from './endpoints.ts'
import { events } from './events.ts'
import { leases } from './leases.ts'
import { namespaces } from './namespaces.ts'
import { nodes } from './nodes.ts'
import { secrets } from './secrets.ts'
import { serviceAccounts } from './service-accounts.ts'

export interface RegistryOptions {
  /** How long pods tolerate a node that is not ready or unreachable, unless they say: default 300, as upstream. */
  readonly tolerationSeconds?: number
}

/** Every kind that the API server serves. */
export function createRegistry(_options: RegistryOptions = {}): readonly ResourceDefinition[] {
  return [namespaces, nodes, endpoints, configMaps, secrets, serviceAccounts, events, leases, endpointSlices]
}
