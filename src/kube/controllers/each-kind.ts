import { customResourceType } from '../custom-resource-type.ts'
import { CUSTOM_RESOURCE_DEFINITIONS, type ResourceType } from '../resources.ts'
import type { ControllerContext } from './context.ts'

/** Calls back for each kind, and once for each custom kind when it comes to be served. */
export function eachKind(
  context: ControllerContext,
  types: readonly ResourceType[],
  use: (type: ResourceType) => void,
): void {
  const known = new Set<string>()
  for (const type of types) use(type)
  context.watch(CUSTOM_RESOURCE_DEFINITIONS, ({ type: change, object: crd }) => {
    const type = change === 'deleted' ? undefined : customResourceType(crd)
    if (!type || known.has(crd.metadata.name)) return
    known.add(crd.metadata.name)
    use(type)
  })
}
