import type { Change, Informer, Key, ListOptions } from '../client.ts'
import type { KubeObject } from '../objects.ts'
import type { ResourceDefinition } from '../registry/definition.ts'
import type { StoreEvent } from './store/collection.ts'
import type { ObjectPredicate } from './store/field-selector.ts'
import { parseSelectors } from './store/selector.ts'
import type { Store } from './store/store.ts'

const SYNCED = Promise.resolve()

/**
 * An informer that has no copy of its own: it reads the store, so it is never behind it. Callbacks come after the
 * writer's turn, in order.
 */
export class StoreInformer<T extends KubeObject> implements Informer<T> {
  readonly synced = SYNCED
  readonly #store: Store
  readonly #definition: ResourceDefinition
  readonly #namespace: string | undefined
  readonly #matches: ObjectPredicate | undefined
  readonly #subscriptions = new Set<() => void>()
  /** Lists by namespace, good while the collection is at `#listed`. */
  readonly #lists = new Map<string | undefined, readonly T[]>()
  #listed = -1

  constructor(store: Store, definition: ResourceDefinition, options: ListOptions = {}) {
    this.#store = store
    this.#definition = definition
    this.#namespace = definition.namespaced ? options.namespace : undefined
    this.#matches = parseSelectors(definition, options)
  }

  list(namespace: string | undefined = this.#namespace): readonly T[] {
    if (this.#namespace !== undefined && namespace !== this.#namespace) return []
    const collection = this.#store.collection(this.#definition)
    if (!this.#matches) return collection.list(namespace) as readonly T[]
    if (this.#listed !== collection.revision) {
      this.#lists.clear()
      this.#listed = collection.revision
    }
    let list = this.#lists.get(namespace)
    if (!list) {
      list = collection.list(namespace).filter(this.#matches) as unknown as readonly T[]
      this.#lists.set(namespace, list)
    }
    return list
  }

  get(key: Key): T | undefined {
    const object = this.#store.get(this.#definition, key)
    return object && this.#has(object) ? (object as T) : undefined
  }

  onChange(handler: (change: Change<T>) => void): () => void {
    const present = this.list()
    const unsubscribe = this.#store.subscribe(this.#definition, (event) => {
      const change = this.#changeOf(event)
      if (change) handler(change)
    })
    const stop = () => {
      unsubscribe()
      this.#subscriptions.delete(stop)
    }
    this.#subscriptions.add(stop)
    for (const object of present) handler({ type: 'added', object })
    return stop
  }

  stop(): void {
    for (const stop of this.#subscriptions) stop()
  }

  #has(object: KubeObject | undefined): boolean {
    if (!object) return false
    if (this.#namespace !== undefined && object.metadata?.namespace !== this.#namespace) return false
    return this.#matches?.(object) ?? true
  }

  /** What an event is to someone who sees only what matches. */
  #changeOf({ type, object, previous }: StoreEvent): Change<T> | undefined {
    const before = this.#has(previous)
    const after = type !== 'DELETED' && this.#has(object)
    if (before && after) return { type: 'updated', object: object as T, previous: previous as T }
    if (after) return { type: 'added', object: object as T }
    return before ? { type: 'deleted', object: object as T } : undefined
  }
}
