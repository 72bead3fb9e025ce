import { ApiError, type Change, type DeleteOptions } from '../client.ts'
import type { KubeObject, OwnerReference } from '../objects.ts'
import type { ResourceType } from '../resources.ts'
import type { ControllerContext } from './context.ts'
import { eachKind } from './each-kind.ts'
import { keyFrom, setOwners } from './owners.ts'
import type { WorkQueue } from './work-queue.ts'

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
  const collector = new GarbageCollector(context)
  eachKind(context, types, (type) => collector.watch(context, type))
}

class GarbageCollector {
  readonly #client: ControllerContext['client']
  readonly #types: ResourceType[] = []
  readonly #queue: WorkQueue
  /** By uid. */
  readonly #items = new Map<string, Item>()
  /** Uids of dependents by uid of owner. */
  readonly #dependents = new Map<string, Set<string>>()

  constructor(context: ControllerContext) {
    this.#client = context.client
    this.#queue = context.queue('garbage-collector', { sync: (key) => this.#sync(key) })
  }

  watch(context: ControllerContext, type: ResourceType): void {
    this.#types.push(type)
    context.watch(type, (change) => this.#observe(type, change))
  }

  #observe(type: ResourceType, { type: what, object, previous }: Change<KubeObject>): void {
    const uid = object.metadata?.uid ?? ''
    if (previous?.metadata?.uid && previous.metadata.uid !== uid) this.#forget(previous)
    if (what === 'deleted') return this.#forget(object)
    this.#items.set(uid, { type, object })
    const owners = ownersOf(object)
    if (previous) this.#unlink(previous)
    for (const owner of owners) this.#link(owner.uid, uid)
    const orphaned = owners.some((owner) => !this.#items.has(owner.uid))
    if (orphaned || object.metadata?.deletionTimestamp) this.#queue.add(uid)
  }

  #forget(object: KubeObject): void {
    const uid = object.metadata?.uid ?? ''
    this.#items.delete(uid)
    this.#unlink(object)
    for (const owner of ownersOf(object)) this.#queue.add(owner.uid)
    for (const dependent of this.#dependents.get(uid) ?? []) this.#queue.add(dependent)
  }

  #link(owner: string, uid: string): void {
    const all = this.#dependents.get(owner) ?? new Set()
    this.#dependents.set(owner, all.add(uid))
  }

  #unlink(object: KubeObject): void {
    for (const owner of ownersOf(object)) {
      const all = this.#dependents.get(owner.uid)
      all?.delete(object.metadata?.uid ?? '')
      if (all?.size === 0) this.#dependents.delete(owner.uid)
    }
  }

  #dependentsOf(uid: string): Item[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((dependent) => this.#items.get(dependent) ?? [])
  }

  async #sync(uid: string): Promise<void> {
    const item = this.#items.get(uid)
    if (!item) return
    if (isFinalizing(item.object, ORPHAN)) return this.#orphan(item)
    if (isFinalizing(item.object, FOREGROUND)) return this.#deleteDependentsFirst(item)
    await this.#collect(item)
  }

  /** Deletes an object all of whose owners are gone or wait for it; forgets lost owners while another is there. */
  async #collect(item: Item): Promise<void> {
    const owners = ownersOf(item.object)
    if (owners.length === 0 || item.object.metadata?.deletionTimestamp) return
    const states = await Promise.all(owners.map((owner) => this.#stateOf(owner)))
    const solid = owners.filter((_, i) => states[i] === 'solid')
    if (solid.length === owners.length) return
    if (solid.length > 0) {
      await setOwners(this.#client, item.type, item.object, solid)
      return
    }
    const hasDependents = this.#dependentsOf(item.object.metadata?.uid ?? '').length > 0
    const waitedFor = states.includes('waiting') && hasDependents
    await this.#remove(item, waitedFor ? 'Foreground' : 'Background')
  }

  async #stateOf(owner: OwnerReference): Promise<'solid' | 'waiting' | 'gone'> {
    const known = this.#items.get(owner.uid)
    if (known) return isFinalizing(known.object, FOREGROUND) ? 'waiting' : 'solid'
    const found = await this.#look(owner)
    return found ? 'solid' : 'gone'
  }

  /** Asks the API server itself: the informer may be behind. Owners of kinds that nobody serves are left alone. */
  async #look(owner: OwnerReference): Promise<boolean> {
    const type = this.#types.find(
      ({ group, version, kind }) =>
        kind === owner.kind && (group ? `${group}/${version}` : version) === owner.apiVersion,
    )
    if (!type) return true
    const namespaces = new Set(
      [...(this.#dependents.get(owner.uid) ?? [])].map(
        (uid) => this.#items.get(uid)?.object.metadata?.namespace,
      ),
    )
    const keys = type.namespaced
      ? [...namespaces].map((namespace) => ({ namespace, name: owner.name }))
      : [owner]
    const found = await Promise.all(keys.map((key) => this.#client.get(type, key)))
    return found.some((object) => object?.metadata?.uid === owner.uid)
  }

  async #deleteDependentsFirst(item: Item): Promise<void> {
    const uid = item.object.metadata?.uid ?? ''
    const all = this.#dependentsOf(uid)
    const blocking = all.filter(({ object }) =>
      ownersOf(object).some((owner) => owner.uid === uid && owner.blockOwnerDeletion),
    )
    if (blocking.length === 0) return this.#dropFinalizer(item, FOREGROUND)
    await Promise.all(all.map((dependent) => this.#collect(dependent)))
  }

  async #orphan(item: Item): Promise<void> {
    const uid = item.object.metadata?.uid ?? ''
    await Promise.all(
      this.#dependentsOf(uid).map(({ type, object }) =>
        setOwners(
          this.#client,
          type,
          object,
          ownersOf(object).filter((owner) => owner.uid !== uid),
        ).catch(unlessGone),
      ),
    )
    await this.#dropFinalizer(item, ORPHAN)
  }

  async #dropFinalizer({ type, object }: Item, finalizer: string): Promise<void> {
    const finalizers = object.metadata?.finalizers?.filter((one) => one !== finalizer) ?? []
    const { uid } = object.metadata ?? {}
    const patch = { metadata: { uid, finalizers: finalizers.length > 0 ? finalizers : null } }
    await this.#client.patch(type, keyFrom(object), patch, { type: 'merge' }).catch(unlessGone)
  }

  async #remove({ type, object }: Item, propagationPolicy: DeleteOptions['propagationPolicy']) {
    const { uid } = object.metadata ?? {}
    const options = {
      ...(propagationPolicy && { propagationPolicy }),
      ...(uid && { preconditions: { uid } }),
    }
    await this.#client.delete(type, keyFrom(object), options).catch(unlessGone)
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
