import type { CustomResourceDefinition, KubeObject } from './objects.ts'
import type { ResourceType } from './resources.ts'

/**
 * Names the resource of a definition to a client or informer, in the version that is stored if it is served. Undefined
 * while it is not established.
 */
export function customResourceType<T extends KubeObject>({
  spec,
  status,
}: CustomResourceDefinition): ResourceType<T> | undefined {
  const established = status?.conditions?.some(
    ({ type, status }) => type === 'Established' && status === 'True',
  )
  const served = spec.versions.filter((one) => one.served)
  const version = served.find(({ storage }) => storage) ?? served[0]
  if (!established || !version) return undefined
  const { plural, kind } = spec.names
  return { group: spec.group, version: version.name, plural, kind, namespaced: spec.scope === 'Namespaced' }
}
