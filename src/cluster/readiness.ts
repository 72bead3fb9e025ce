import type { Node, Pod } from '../kube/objects.ts'
import type { ReadyEvent } from './management.ts'

/** Collects what still keeps the cluster from being ready, and tells whoever listens. */
export class Readiness {
  readonly #started = performance.now()
  readonly #waitingFor = new Set<string>()
  readonly #events: ReadyEvent[] = []
  readonly #listeners = new Set<(event: ReadyEvent) => void>()

  constructor(conditions: readonly string[]) {
    for (const condition of conditions) this.#waitingFor.add(condition)
  }

  /** A phase of the start has ended. */
  phase(name: string, node?: string): void {
    this.#emit({
      type: 'phase',
      name,
      ms: Math.round(performance.now() - this.#started),
      ...(node ? { node } : {}),
    })
  }

  /** One of the conditions holds. When the last does, the cluster is ready. */
  done(condition: string): void {
    if (!this.#waitingFor.delete(condition)) return
    if (this.#waitingFor.size > 0) this.#emit({ type: 'waiting', for: [...this.#waitingFor] })
    else this.#emit({ type: 'ready', ms: Math.round(performance.now() - this.#started) })
  }

  failed(code: string, message: string): void {
    this.#emit({ type: 'failed', code, message })
  }

  /** Calls back with all that has happened and all that will; returns the unsubscriber. */
  follow(listener: (event: ReadyEvent) => void): () => void {
    for (const event of this.#events) listener(event)
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #emit(event: ReadyEvent): void {
    this.#events.push(event)
    for (const listener of this.#listeners) listener(event)
  }
}

export const isReady = (object: Node | Pod): boolean =>
  (object.status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True')
