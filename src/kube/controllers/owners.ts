import { type KubeClient, keyOf } from '../client.ts'
import type { KubeObject, LabelSelector, OwnerReference } from '../objects.ts'
import type { ResourceType } from '../resources.ts'
import { matchesSelector } from './labels.ts'

export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find((owner) => owner.controller)
}

/** The reference that a controller puts on what it makes. */
export function ownedBy(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion ?? '',
    kind: owner.kind ?? '',
    name: owner.metadata?.name ?? '',
    uid: owner.metadata?.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  }
}

/**
 * What of `candidates` (all of the owner's namespace) belongs to the owner. Orphans that match its selector are adopted, and its own that no
 * longer match are released: upstream's ControllerRefManager.
 */
export async function claim<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType<T>,
  owner: KubeObject,
  selector: LabelSelector | undefined,
  candidates: readonly T[],
): Promise<T[]> {
  const claimed = candidates.map(async (object) => {
    const controller = controllerOf(object)
    if (controller && controller.uid !== owner.metadata?.uid) return undefined
    const matches = matchesSelector(selector, object.metadata?.labels)
    if (controller) return matches ? object : release(client, type, owner, object)
    const going = owner.metadata?.deletionTimestamp ?? object.metadata?.deletionTimestamp
    return matches && !going ? adopt(client, type, owner, object) : undefined
  })
  return (await Promise.all(claimed)).filter((object) => object !== undefined)
}

function adopt<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType<T>,
  owner: KubeObject,
  object: T,
): Promise<T> {
  const owners = [...(object.metadata?.ownerReferences ?? []), ownedBy(owner)]
  return setOwners(client, type, object, owners)
}

async function release<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType<T>,
  owner: KubeObject,
  object: T,
): Promise<undefined> {
  if (object.metadata?.deletionTimestamp) return
  const others = object.metadata?.ownerReferences?.filter((other) => other.uid !== owner.metadata?.uid)
  await setOwners(client, type, object, others ?? [])
}

/** Replaces an object's owners, provided it is still the same object. */
export function setOwners<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType<T>,
  object: T,
  owners: readonly OwnerReference[],
): Promise<T> {
  const metadata = { uid: object.metadata?.uid, ownerReferences: owners.length > 0 ? owners : null }
  return client.patch(type, keyFrom(object), { metadata }, { type: 'merge' })
}

export function keyFrom(object: KubeObject): { namespace?: string; name: string } {
  const { namespace, name = '' } = object.metadata ?? {}
  return namespace ? { namespace, name } : { name }
}

/** Work-queue key of the controlling object, when it is of that kind. */
export function controllerKey(object: KubeObject, kind: string): string | undefined {
  const controller = controllerOf(object)
  if (controller?.kind !== kind) return undefined
  return keyOf({ namespace: object.metadata?.namespace, name: controller.name })
}
