import type { Change, Informer, Key, KubeClient } from '../client.ts'
import type { KubeObject } from '../objects.ts'
import type { ResourceType } from '../resources.ts'
import { eventRecorder, type EventRecorder } from './event-recorder.ts'
import { workQueue, type WorkQueue, type WorkQueueOptions } from './work-queue.ts'

export interface ContextOptions {
  readonly client: KubeClient
  readonly now?: () => Date
  /** Hears of failed syncs, which are retried: for a log. */
  readonly onError?: (controller: string, key: string, error: unknown) => void
}

/** What a group of controllers shares: one informer a kind, and one moment to stop. */
export class ControllerContext {
  readonly client: KubeClient
  readonly now: () => Date
  readonly #onError: ContextOptions['onError']
  readonly #informers = new Map<string, Informer<KubeObject>>()
  readonly #endings: (() => void)[] = []
  readonly #ready: Promise<void>
  #begin: () => void = () => {}

  constructor(options: ContextOptions) {
    this.client = options.client
    this.now = options.now ?? (() => new Date())
    this.#onError = options.onError
    this.#ready = new Promise((resolve) => {
      this.#begin = resolve
    })
  }

  informer<T extends KubeObject>(type: ResourceType<T>): Informer<T> {
    const name = `${type.plural}.${type.group}`
    let informer = this.#informers.get(name)
    if (!informer) {
      informer = this.client.informer(type)
      this.#informers.set(name, informer)
      this.atEnd(() => informer?.stop())
    }
    return informer as Informer<T>
  }

  /** The shared informer, with a handler that is dropped at the end. */
  watch<T extends KubeObject>(type: ResourceType<T>, handler: (change: Change<T>) => void): Informer<T> {
    const informer = this.informer(type)
    this.atEnd(informer.onChange(handler))
    return informer
  }

  queue(controller: string, options: Omit<WorkQueueOptions, 'ready' | 'onError'>): WorkQueue {
    const queue = workQueue({
      ...options,
      ready: this.#ready,
      onError: (key, error) => this.#onError?.(controller, key, error),
    })
    this.atEnd(() => queue.stop())
    return queue
  }

  /** With a `reportingInstance`, events have the shape of events.k8s.io. */
  recorder(component: string, reportingInstance?: string): EventRecorder {
    const recorder = eventRecorder({
      client: this.client,
      component,
      now: this.now,
      ...(reportingInstance !== undefined && { reportingInstance }),
    })
    this.atEnd(() => recorder.stop())
    return recorder
  }

  atEnd(action: () => void): void {
    this.#endings.push(action)
  }

  /** Lets the queues run once every informer that was asked for has its first list. */
  async start(): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.synced))
    this.#begin()
  }

  stop(): void {
    for (const action of this.#endings.splice(0)) action()
  }
}

/** Undoes keyOf. */
export function splitKey(key: string): Key & { namespace: string } {
  const slash = key.indexOf('/')
  return { namespace: key.slice(0, Math.max(slash, 0)), name: key.slice(slash + 1) }
}
