import { ApiError, type Key, type KubeClient, type PatchOptions, type Subresource } from '../client.ts'
import type { KubeObject } from '../objects.ts'
import type { ResourceType } from '../resources.ts'
import { StoreInformer } from './informer.ts'
import { definitionOf, existing, inVersion, type Backend } from './operations/backend.ts'
import { bindPod } from './operations/binding.ts'
import { createObject } from './operations/create.ts'
import { deleteObject } from './operations/delete.ts'
import { listObjects } from './operations/list.ts'
import { patchObject } from './operations/patch.ts'
import { updateScale } from './operations/scale.ts'
import { updateObject } from './operations/update.ts'

/**
 * The API server for the programs that run in its own process: the same operations as over HTTP, without the encoding.
 * Every call is done when it returns its promise.
 * @param manager who writes, in metadata.managedFields: "kube-controller-manager"
 */
export function inProcessClient(backend: Backend, manager: string): KubeClient {
  const update = <T extends KubeObject>(type: ResourceType<T>, object: T, subresource?: Subresource) => {
    const definition = definitionOf(backend, type)
    const key = keyIn(object)
    if (subresource === 'scale') return updateScale(backend, definition, key, object, { manager })
    if (subresource === 'binding') return bindPod(backend, definition, key, object, { manager })
    const options = subresource ? { manager, subresource } : { manager }
    return updateObject(backend, definition, key, object, options)
  }
  return {
    get: async <T extends KubeObject>(type: ResourceType<T>, key: Key) => {
      try {
        const definition = definitionOf(backend, type)
        return inVersion(definition, existing(backend, definition, key)) as T
      } catch (refusal) {
        if (refusal instanceof ApiError && refusal.code === 404) return undefined
        throw refusal
      }
    },
    list: async (type, options) => {
      const definition = definitionOf(backend, type)
      const { items, resourceVersion } = listObjects(backend, definition, options)
      return { items: items.map((item) => inVersion(definition, item)) as never[], resourceVersion }
    },
    create: async (type, object) =>
      createObject(backend, definitionOf(backend, type), object.metadata?.namespace, object, {
        manager,
      }) as typeof object,
    update: async (type, object, subresource) => update(type, object, subresource) as typeof object,
    patch: async <T extends KubeObject>(
      type: ResourceType<T>,
      key: Key,
      patch: unknown,
      { fieldManager = manager, ...options }: PatchOptions,
    ) => {
      const definition = definitionOf(backend, type)
      return patchObject(backend, definition, key, patch, { ...options, manager: fieldManager }).object as T
    },
    delete: async (type, key, options) => {
      deleteObject(backend, definitionOf(backend, type), key, options)
    },
    informer: (type, options) => new StoreInformer(backend.store, definitionOf(backend, type), options),
  }
}

function keyIn({ metadata }: KubeObject): Key {
  return { namespace: metadata?.namespace, name: metadata?.name ?? '' }
}
