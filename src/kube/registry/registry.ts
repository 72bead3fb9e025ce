import type { ResourceDefinition } from './definition.ts'
import { leases } from './leases.ts'
import { namespaces } from './namespaces.ts'
import { serviceAccounts } from './service-accounts.ts'

export interface RegistryOptions {
  /** How long pods tolerate a node that is not ready or unreachable, unless they say: default 300, as upstream. */
  readonly tolerationSeconds?: number
}

/** Every kind that the API server serves. */
export function createRegistry(_options: RegistryOptions = {}): readonly ResourceDefinition[] {
  return [namespaces, serviceAccounts, leases]
}
