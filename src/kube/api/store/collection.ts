import type { Key } from '../../client.ts'
import type { KubeObject } from '../../objects.ts'
import { Bucket } from './bucket.ts'

export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  /** The object's resourceVersion as a number; a deletion has one of its own. */
  readonly revision: number
  /** After a deletion: its last state, with the deletion's resourceVersion. */
  readonly object: KubeObject
  readonly previous: KubeObject | undefined
}

export type StoreListener = (event: StoreEvent) => void

/** Events of one kind that a watch can go back over. */
const HISTORY = 1024

/** All objects of one kind, what happened to them lately, and who wants to know. */
export class Collection {
  readonly #buckets = new Map<string, Bucket>()
  /** Of listeners: revision from which each hears. */
  readonly listeners = new Map<StoreListener, number>()
  #all: readonly KubeObject[] | undefined
  #history: StoreEvent[] = []
  /** Revision of the newest event that is no longer in the history. */
  #forgotten = 0
  #revision = 0

  /** Revision of the last change: what is derived from the collection is good until it moves. */
  get revision(): number {
    return this.#revision
  }

  get({ namespace = '', name }: Key): KubeObject | undefined {
    return this.#buckets.get(namespace)?.get(name)
  }

  /** By namespace, then name. The array is never changed afterwards. */
  list(namespace?: string): readonly KubeObject[] {
    if (namespace !== undefined) return this.#buckets.get(namespace)?.list() ?? []
    this.#all ??= [...this.#buckets.keys()].sort().flatMap((one) => this.#buckets.get(one)?.list() ?? [])
    return this.#all
  }

  /** Commits an event; the caller tells the listeners. */
  apply(event: StoreEvent): void {
    const { name = '', namespace = '' } = event.object.metadata ?? {}
    const bucket = this.#buckets.get(namespace) ?? new Bucket()
    this.#buckets.set(namespace, bucket)
    if (event.type === 'DELETED') bucket.delete(name)
    else bucket.set(name, event.object)
    if (bucket.size === 0) this.#buckets.delete(namespace)
    this.#all = undefined
    this.#revision = event.revision
    this.#remember(event)
  }

  /** Events after a revision, or undefined when some of them are forgotten. */
  since(revision: number): readonly StoreEvent[] | undefined {
    if (revision < this.#forgotten) return undefined
    return this.#history.filter((event) => event.revision > revision)
  }

  #remember(event: StoreEvent): void {
    this.#history.push(event)
    if (this.#history.length < 2 * HISTORY) return
    this.#forgotten = this.#history[HISTORY - 1]?.revision ?? this.#forgotten
    this.#history = this.#history.slice(HISTORY)
  }
}
