import { ApiError, type Change, type Informer, keyOf, type KubeClient } from '../../../kube/client.ts'
import type { KubeObject } from '../../../kube/objects.ts'
import { CUSTOM_RESOURCE_DEFINITIONS, type ResourceType } from '../../../kube/resources.ts'

/**
 * Watches objects of a kind that may come, and go, with its CustomResourceDefinition: without it there are none.
 * Gives the unsubscriber.
 */
export function watchCustomKind<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType<T>,
  handler: (change: Change<T>) => void,
): () => void {
  const definitionName = `${type.plural}.${type.group}`
  const known = new Map<string, T>()
  let informer: Informer<T> | undefined

  function see(change: Change<T>): void {
    if (change.type === 'deleted') known.delete(keyOf(change.object))
    else known.set(keyOf(change.object), change.object)
    handler(change)
  }

  function begin(): void {
    try {
      informer ??= client.informer(type)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return
    }
    informer.onChange(see)
  }

  function end(): void {
    informer?.stop()
    informer = undefined
    for (const object of known.values()) handler({ type: 'deleted', object })
    known.clear()
  }

  const definitions = client.informer(CUSTOM_RESOURCE_DEFINITIONS)
  definitions.onChange((change) => {
    if (change.object.metadata.name !== definitionName) return
    if (change.type === 'deleted') end()
    else if (!informer) begin()
  })
  return () => {
    definitions.stop()
    informer?.stop()
  }
}
