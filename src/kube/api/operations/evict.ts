import type { DeleteOptions, Key } from '../../client.ts'
import type { KubeObject } from '../../objects.ts'
import type { ResourceDefinition } from '../../registry/definition.ts'
import type { Backend } from './backend.ts'
import { deleteObject } from './delete.ts'

/** policy/v1 Eviction */
export interface Eviction extends KubeObject {
  readonly deleteOptions?: DeleteOptions & { readonly dryRun?: readonly string[] }
}

/**
 * Evicts a pod. There are no PodDisruptionBudgets here, so nothing stands in its way.
 * @throws ApiError 404, 409
 */
export function evictPod(
  backend: Backend,
  definition: ResourceDefinition,
  key: Key,
  { deleteOptions = {} }: Eviction,
  dryRun = false,
): void {
  const { dryRun: dry = [], ...options } = deleteOptions
  deleteObject(backend, definition, key, { ...options, dryRun: dryRun || dry.includes('All') })
}
