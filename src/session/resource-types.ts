import * as resources from '../kube/resources.ts'
import type { ResourceType } from '../kube/resources.ts'

/** Every kind of object that the cluster has. */
export const RESOURCE_TYPES: readonly ResourceType[] = Object.values(
  resources as Record<string, ResourceType>,
).filter((value) => 'plural' in value)
