import { ApiError, type KubeClient } from '../../../kube/client.ts'
import type { KubeObject } from '../../../kube/objects.ts'
import type { ResourceType } from '../../../kube/resources.ts'

/** Where blocks, affinities and handles are kept. Writes of something that has changed meanwhile are refused: 409. */
export type IpamStore = Pick<KubeClient, 'get' | 'list' | 'create' | 'update' | 'delete'>

/** Somebody was faster: what was read is not what is there. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 409 || error.code === 404)
}

/** As Calico, which has as much patience: nodes that want the same block at the same time are few. */
const ATTEMPTS = 100

/** Does something that reads and then writes, from its beginning again whenever somebody else was faster. */
export async function untilUndisturbed<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = ATTEMPTS; ; left--) {
    try {
      return await attempt()
    } catch (error) {
      if (left === 0 || !isConflict(error)) throw error
    }
  }
}

/** Deletes what was read, unless it has changed since. @throws ApiError 409 when it has */
export async function deleteUnchanged<T extends KubeObject>(
  store: IpamStore,
  type: ResourceType<T>,
  object: T,
): Promise<void> {
  const { name = '', resourceVersion } = object.metadata ?? {}
  await store.delete(type, { name }, resourceVersion ? { preconditions: { resourceVersion } } : {})
}
