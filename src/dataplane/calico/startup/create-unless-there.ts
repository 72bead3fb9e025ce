import { randomUUID } from 'node:crypto'
import { ApiError, type KubeClient } from '../../../kube/client.ts'
import type { KubeObject } from '../../../kube/objects.ts'
import type { ResourceType } from '../../../kube/resources.ts'
import { timestamp } from '../../../kube/timestamp.ts'
import type { CalicoObject } from '../resources.ts'

/** @returns whether it was this call that made the object */
export async function createUnlessThere<T extends KubeObject>(
  client: Pick<KubeClient, 'get' | 'create'>,
  type: ResourceType<T>,
  object: T,
): Promise<boolean> {
  if (await client.get(type, { name: object.metadata?.name ?? '' })) return false
  return client.create(type, object).then(() => true, unlessFaster)
}

/** Another node has done the same at the same time. */
export function unlessFaster(error: unknown): false {
  if (error instanceof ApiError && error.code === 409) return false
  throw error
}

/** As Calico's own API stores an object: that one's uid and time are kept in an annotation. */
export function own<Kind extends string>(
  kind: Kind,
  name: string,
): Omit<CalicoObject<Kind, unknown>, 'spec'> {
  const metadata = JSON.stringify({ uid: randomUUID(), creationTimestamp: timestamp(new Date()) })
  return {
    apiVersion: 'crd.projectcalico.org/v1',
    kind,
    metadata: { name, annotations: { 'projectcalico.org/metadata': metadata } },
  }
}
