import { customResourceType } from '../kube/custom-resource-type.ts'
import * as resources from '../kube/resources.ts'
import type { ResourceType } from '../kube/resources.ts'
import type { World } from './world.ts'

/** Every built-in kind of object that the cluster has. */
export const RESOURCE_TYPES: readonly ResourceType[] = Object.values(
  resources as Record<string, ResourceType>,
).filter((value) => 'plural' in value)

/** Whether a kind goes by this name, its plural or its kind. */
export const isCalled = (name: string) => (type: ResourceType) =>
  type.plural === name.toLowerCase() || type.kind.toLowerCase() === name.toLowerCase()

/** A built-in kind by its plural or its kind. */
export const builtInType = (name: string) => RESOURCE_TYPES.find(isCalled(name))

/** A kind by its plural or its kind, one of the cluster's own definitions included; undefined when there is none. */
export async function resourceType(world: World, name: string): Promise<ResourceType | undefined> {
  return builtInType(name) ?? (await customTypes(world)).find(isCalled(name))
}

async function customTypes(world: World): Promise<ResourceType[]> {
  const definitions = await world.list(resources.CUSTOM_RESOURCE_DEFINITIONS)
  return definitions.flatMap((definition) => customResourceType(definition) ?? [])
}
