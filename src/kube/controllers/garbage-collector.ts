import { ApiError, type Change, type DeleteOptions } from '../client.ts'
import type { KubeObject, OwnerReference } from '../objects.ts'
import type { ResourceType } from '../resources.ts'
import type { ControllerContext } from './context.ts'
import { keyFrom, setOwners } from './owners.ts'

interface Item {
  readonly type: ResourceType
  readonly object: KubeObject
}

const FOREGROUND = 'foregroundDeletion'
const ORPHAN = 'orphan'

/**
 * Deletes what has lost its owners, and carries out foreground and orphaning deletion. Keyed by uid.
 * Upstream: pkg/controller/garbagecollector.
 */
export function startGarbageCollector(context: ControllerContext, types: readonly ResourceType[]): void {
  const { client } = context
  const queue = context.queue('garbage-collector', { sync })
  const items = new Map<string, Item>()
  const dependents = new Map<string, Set<string>>()
  for (const type of types) context.watch(type, (change) => observe(type, change))

  function observe(type: ResourceType, { type: what, object, previous }: Change<KubeObject>): void {
    const uid = object.metadata?.uid ?? ''
    if (previous?.metadata?.uid && previous.metadata.uid !== uid) forget(previous)
    if (what === 'deleted') return forget(object)
    items.set(uid, { type, object })
    const owners = ownersOf(object)
    if (previous) unlink(previous)
    for (const owner of owners) link(owner.uid, uid)
    const orphaned = owners.some((owner) => !items.has(owner.uid))
    if (orphaned || object.metadata?.deletionTimestamp) queue.add(uid)
  }

  function forget(object: KubeObject): void {
    const uid = object.metadata?.uid ?? ''
    items.delete(uid)
    unlink(object)
    for (const owner of ownersOf(object)) queue.add(owner.uid)
    for (const dependent of dependents.get(uid) ?? []) queue.add(dependent)
  }

  function link(owner: string, uid: string): void {
    const all = dependents.get(owner) ?? new Set()
    dependents.set(owner, all.add(uid))
  }

  function unlink(object: KubeObject): void {
    for (const owner of ownersOf(object)) {
      const all = dependents.get(owner.uid)
      all?.delete(object.metadata?.uid ?? '')
      if (all?.size === 0) dependents.delete(owner.uid)
    }
  }

  const dependentsOf = (uid: string): Item[] =>
    [...(dependents.get(uid) ?? [])].flatMap((dependent) => items.get(dependent) ?? [])

  async function sync(uid: string): Promise<void> {
    const item = items.get(uid)
    if (!item) return
    if (isFinalizing(item.object, ORPHAN)) return orphan(item)
    if (isFinalizing(item.object, FOREGROUND)) return deleteDependentsFirst(item)
    await collect(item)
  }

  /** Deletes an object all of whose owners are gone or wait for it; forgets lost owners while another is there. */
  async function collect(item: Item): Promise<void> {
    const owners = ownersOf(item.object)
    if (owners.length === 0 || item.object.metadata?.deletionTimestamp) return
    const states = await Promise.all(owners.map(stateOf))
    const solid = owners.filter((_, i) => states[i] === 'solid')
    if (solid.length === owners.length) return
    if (solid.length > 0) {
      await setOwners(client, item.type, item.object, solid)
      return
    }
    const hasDependents = dependentsOf(item.object.metadata?.uid ?? '').length > 0
    const waitedFor = states.includes('waiting') && hasDependents
    await remove(item, waitedFor ? 'Foreground' : 'Background')
  }

  async function stateOf(owner: OwnerReference): Promise<'solid' | 'waiting' | 'gone'> {
    const known = items.get(owner.uid)
    if (known) return isFinalizing(known.object, FOREGROUND) ? 'waiting' : 'solid'
    const found = await look(owner)
    return found ? 'solid' : 'gone'
  }

  /** Asks the API server itself: the informer may be behind. Owners of kinds that nobody serves are left alone. */
  async function look(owner: OwnerReference): Promise<boolean> {
    const type = types.find(
      ({ group, version, kind }) =>
        kind === owner.kind && (group ? `${group}/${version}` : version) === owner.apiVersion,
    )
    if (!type) return true
    const namespaces = new Set(
      [...(dependents.get(owner.uid) ?? [])].map((uid) => items.get(uid)?.object.metadata?.namespace),
    )
    const keys = type.namespaced
      ? [...namespaces].map((namespace) => ({ namespace, name: owner.name }))
      : [owner]
    const found = await Promise.all(keys.map((key) => client.get(type, key)))
    return found.some((object) => object?.metadata?.uid === owner.uid)
  }

  async function deleteDependentsFirst(item: Item): Promise<void> {
    const uid = item.object.metadata?.uid ?? ''
    const all = dependentsOf(uid)
    const blocking = all.filter(({ object }) =>
      ownersOf(object).some((owner) => owner.uid === uid && owner.blockOwnerDeletion),
    )
    if (blocking.length === 0) return dropFinalizer(item, FOREGROUND)
    await Promise.all(all.map((dependent) => collect(dependent)))
  }

  async function orphan(item: Item): Promise<void> {
    const uid = item.object.metadata?.uid ?? ''
    await Promise.all(
      dependentsOf(uid).map(({ type, object }) =>
        setOwners(
          client,
          type,
          object,
          ownersOf(object).filter((owner) => owner.uid !== uid),
        ).catch(unlessGone),
      ),
    )
    await dropFinalizer(item, ORPHAN)
  }

  async function dropFinalizer({ type, object }: Item, finalizer: string): Promise<void> {
    const finalizers = object.metadata?.finalizers?.filter((one) => one !== finalizer) ?? []
    const { uid } = object.metadata ?? {}
    const patch = { metadata: { uid, finalizers: finalizers.length > 0 ? finalizers : null } }
    await client.patch(type, keyFrom(object), patch, { type: 'merge' }).catch(unlessGone)
  }

  async function remove({ type, object }: Item, propagationPolicy: DeleteOptions['propagationPolicy']) {
    const { uid } = object.metadata ?? {}
    const options = {
      ...(propagationPolicy && { propagationPolicy }),
      ...(uid && { preconditions: { uid } }),
    }
    await client.delete(type, keyFrom(object), options).catch(unlessGone)
  }
}

const ownersOf = (object: KubeObject): OwnerReference[] => object.metadata?.ownerReferences ?? []

function isFinalizing(object: KubeObject, finalizer: string): boolean {
  const { deletionTimestamp, finalizers } = object.metadata ?? {}
  return deletionTimestamp !== undefined && (finalizers ?? []).includes(finalizer)
}

/** Gone, or another object of the same name by now. */
function unlessGone(error: unknown): void {
  if (!(error instanceof ApiError) || (error.code !== 404 && error.code !== 409)) throw error
}
