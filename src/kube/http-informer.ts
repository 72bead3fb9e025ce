import { setTimeout as delay } from 'node:timers/promises'
import { keyOf, type Change, type Informer, type Key } from './client.ts'
import type { KubeObject } from './objects.ts'

export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: T
}

/** How an informer reaches its resource. */
export interface Source<T> {
  list(): Promise<{ items: T[]; resourceVersion: string }>
  /** Resolves when the server ends the watch; rejects when it refuses it (the history is gone) or is not there. */
  watch(from: string, onEvent: (event: WatchEvent<T>) => void, signal: AbortSignal): Promise<void>
}

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 5000

/** A live copy over HTTP: list, then watch; after a break, watch on or list anew, and tell only what has changed. */
export class HttpInformer<T extends KubeObject> implements Informer<T> {
  readonly synced: Promise<void>
  readonly #source: Source<T>
  readonly #objects = new Map<string, T>()
  readonly #handlers = new Set<(change: Change<T>) => void>()
  readonly #stopping = new AbortController()
  #markSynced: () => void = () => {}

  constructor(source: Source<T>) {
    this.#source = source
    this.synced = new Promise((resolve) => {
      this.#markSynced = resolve
    })
    void this.#run()
  }

  list(namespace?: string): readonly T[] {
    const all = [...this.#objects.values()]
    return namespace === undefined ? all : all.filter(({ metadata }) => metadata?.namespace === namespace)
  }

  get(key: Key): T | undefined {
    return this.#objects.get(keyOf(key))
  }

  onChange(handler: (change: Change<T>) => void): () => void {
    this.#handlers.add(handler)
    for (const object of this.#objects.values()) handler({ type: 'added', object })
    return () => void this.#handlers.delete(handler)
  }

  stop(): void {
    this.#stopping.abort()
    this.#handlers.clear()
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    let pause = FIRST_PAUSE_MS
    while (!signal.aborted) {
      try {
        const { items, resourceVersion } = await this.#source.list()
        this.#replace(items)
        this.#markSynced()
        pause = FIRST_PAUSE_MS
        await this.#follow(resourceVersion)
      } catch {
        // The server is away, or has forgotten where we were: list anew, ever more patiently.
        await delay(pause, undefined, { signal }).catch(() => {})
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
      }
    }
  }

  async #follow(from: string): Promise<void> {
    let version = from
    while (!this.#stopping.signal.aborted) {
      await this.#source.watch(
        version,
        (event) => {
          version = event.object.metadata?.resourceVersion ?? version
          this.#apply(event)
        },
        this.#stopping.signal,
      )
    }
  }

  #apply({ type, object }: WatchEvent<T>): void {
    if (type === 'BOOKMARK' || this.#stopping.signal.aborted) return
    if (type === 'DELETED') this.#remove(object)
    else this.#set(object)
  }

  #replace(items: readonly T[]): void {
    const keys = new Set(items.map(keyOf))
    for (const [key, object] of this.#objects) if (!keys.has(key)) this.#remove(object)
    for (const item of items) this.#set(item)
  }

  #set(object: T): void {
    const key = keyOf(object)
    const previous = this.#objects.get(key)
    if (previous && previous.metadata?.resourceVersion === object.metadata?.resourceVersion) return
    this.#objects.set(key, object)
    this.#tell(previous ? { type: 'updated', object, previous } : { type: 'added', object })
  }

  #remove(object: T): void {
    if (this.#objects.delete(keyOf(object))) this.#tell({ type: 'deleted', object })
  }

  #tell(change: Change<T>): void {
    for (const handler of this.#handlers) handler(change)
  }
}
