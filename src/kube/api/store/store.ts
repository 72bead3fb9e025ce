import type { Key } from '../../client.ts'
import type { KubeObject } from '../../objects.ts'
import type { ResourceType } from '../../resources.ts'
import { Collection, type StoreEvent, type StoreListener } from './collection.ts'

type TypeName = Pick<ResourceType, 'group' | 'plural'>

/**
 * Versioned objects in memory: what etcd and the watch cache are to a kube-apiserver. Every change takes the next number
 * of one global counter as its resourceVersion. Reads and writes are synchronous, so nothing can come between a read and
 * the write that follows from it. Stored objects are never changed.
 */
export class Store {
  readonly #collections = new Map<string, Collection>()
  #revision = 0
  #undelivered: { collection: Collection; event: StoreEvent }[] = []

  /** The last resourceVersion given out. */
  get revision(): number {
    return this.#revision
  }

  collection({ group, plural }: TypeName): Collection {
    const key = `${group}/${plural}`
    let collection = this.#collections.get(key)
    if (!collection) this.#collections.set(key, (collection = new Collection()))
    return collection
  }

  get(type: TypeName, key: Key): KubeObject | undefined {
    return this.collection(type).get(key)
  }

  list(type: TypeName, namespace?: string): readonly KubeObject[] {
    return this.collection(type).list(namespace)
  }

  /** Adds or replaces. @returns the object with its new resourceVersion. */
  put(type: TypeName, object: KubeObject): KubeObject {
    const previous = this.get(type, keyIn(object))
    return this.#commit(type, previous ? 'MODIFIED' : 'ADDED', object, previous)
  }

  /** Removes; `object` is what watchers are shown as its last state. */
  remove(type: TypeName, object: KubeObject): KubeObject {
    return this.#commit(type, 'DELETED', object, this.get(type, keyIn(object)))
  }

  /**
   * Calls back after each later change, in order, after the writer's own turn: a listener may write.
   * @returns the unsubscriber.
   */
  subscribe(type: TypeName, listener: StoreListener): () => void {
    const { listeners } = this.collection(type)
    listeners.set(listener, this.#revision)
    return () => void listeners.delete(listener)
  }

  #commit(
    type: TypeName,
    change: StoreEvent['type'],
    object: KubeObject,
    previous: KubeObject | undefined,
  ): KubeObject {
    const revision = ++this.#revision
    const metadata = { ...object.metadata, resourceVersion: String(revision) }
    const stored: KubeObject = { ...object, metadata }
    const collection = this.collection(type)
    const event: StoreEvent = { type: change, revision, object: stored, previous }
    collection.apply(event)
    if (collection.listeners.size > 0) this.#deliverLater(collection, event)
    return stored
  }

  #deliverLater(collection: Collection, event: StoreEvent): void {
    if (this.#undelivered.push({ collection, event }) === 1) queueMicrotask(() => this.#deliver())
  }

  #deliver(): void {
    // Listeners' own writes append to the list while it is walked, and are delivered in the same turn.
    for (const { collection, event } of this.#undelivered) {
      for (const [listener, from] of collection.listeners) {
        if (event.revision > from) tell(listener, event)
      }
    }
    this.#undelivered = []
  }
}

/** A listener's fault must not keep the event from the others; it still surfaces, as an uncaught exception. */
function tell(listener: StoreListener, event: StoreEvent): void {
  try {
    listener(event)
  } catch (fault) {
    queueMicrotask(() => {
      throw fault
    })
  }
}

function keyIn({ metadata }: KubeObject): Key {
  return { namespace: metadata?.namespace, name: metadata?.name ?? '' }
}
