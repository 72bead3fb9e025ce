import type { KubeClient } from '../client.ts'
import type { Event, KubeObject } from '../objects.ts'
import { EVENTS } from '../resources.ts'
import { microTimestamp, timestamp } from '../timestamp.ts'

export interface RecordedEvent {
  /** What it is about; kind and apiVersion must be set. */
  readonly about: KubeObject
  /** Part of the object, such as spec.containers{web}. */
  readonly fieldPath?: string
  readonly type?: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  /** What was tried, for components of the events.k8s.io kind. */
  readonly action?: string
}

export interface EventRecorder {
  /** Never fails and never waits: the event is written soon, after more urgent work. */
  record(event: RecordedEvent): void
  stop(): void
}

export interface RecorderOptions {
  readonly client: KubeClient
  readonly component: string
  /** source.host, of kubelets. */
  readonly host?: string
  /** The scheduler reports as events.k8s.io does: eventTime, action and reportingInstance instead of source and count. */
  readonly reportingInstance?: string
  readonly now?: () => Date
}

/** Events wait this long, so that what they tell of comes first. */
const WRITE_AFTER_MS = 30
/** Remembered events, as client-go's maxLruCacheEntries. */
const REMEMBERED = 4096

/**
 * Writes core/v1 events as client-go's recorders do: a repeat of the same event raises the count (or series) of the
 * first one instead of adding another.
 */
export function eventRecorder(options: RecorderOptions): EventRecorder {
  return new Recorder(options)
}

interface Known {
  event: Event
  /** How often it happened, and how often the API server has been told. */
  count: number
  written: number
}

class Recorder implements EventRecorder {
  readonly #options: RecorderOptions
  readonly #known = new Map<string, Known>()
  readonly #due = new Set<Known>()
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: RecorderOptions) {
    this.#options = options
  }

  record(event: RecordedEvent): void {
    if (this.#stopped) return
    const { metadata } = event.about
    const key = [
      metadata?.uid,
      metadata?.name,
      event.fieldPath,
      event.type,
      event.reason,
      event.message,
    ].join('\n')
    const now = this.#options.now?.() ?? new Date()
    const known = this.#known.get(key) ?? { event: this.#build(event, now), count: 0, written: 0 }
    known.count++
    if (known.count > 1) known.event = this.#repeated(known, now)
    this.#known.delete(key)
    this.#known.set(key, known)
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break
      this.#known.delete(oldest)
    }
    this.#due.add(known)
    this.#timer ??= setTimeout(() => void this.#write(), WRITE_AFTER_MS)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  async #write(): Promise<void> {
    this.#timer = undefined
    const due = [...this.#due]
    this.#due.clear()
    for (const known of due) {
      if (this.#stopped) return
      await this.#writeOne(known)
    }
  }

  /** An event that can't be written is dropped, as upstream: its namespace may be going away. */
  async #writeOne(known: Known): Promise<void> {
    const first = known.written === 0
    known.written = known.count
    try {
      if (first) await this.#options.client.create(EVENTS, known.event)
      else await this.#options.client.update(EVENTS, known.event)
    } catch {
      known.written = 0
    }
  }

  #build(event: RecordedEvent, now: Date): Event {
    const { kind, apiVersion, metadata } = event.about
    const namespace = metadata?.namespace ?? 'default'
    const shared = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${metadata?.name ?? ''}.${this.#suffix()}`, namespace },
      involvedObject: {
        ...(kind && { kind }),
        ...(metadata?.namespace && { namespace }),
        ...(metadata?.name && { name: metadata.name }),
        ...(metadata?.uid && { uid: metadata.uid }),
        ...(apiVersion && { apiVersion }),
        ...(metadata?.resourceVersion && { resourceVersion: metadata.resourceVersion }),
        ...(event.fieldPath && { fieldPath: event.fieldPath }),
      },
      reason: event.reason,
      message: event.message,
      type: event.type ?? 'Normal',
      reportingComponent: this.#options.component,
    }
    const { component, host, reportingInstance } = this.#options
    if (reportingInstance === undefined) {
      const time = timestamp(now)
      const source = { component, ...(host && { host }) }
      return {
        ...shared,
        source,
        firstTimestamp: time,
        lastTimestamp: time,
        count: 1,
        reportingInstance: host ?? '',
      }
    }
    const action = event.action ?? 'Action'
    return { ...shared, source: {}, eventTime: microTimestamp(now), action, reportingInstance }
  }

  #repeated(known: Known, now: Date): Event {
    if (this.#options.reportingInstance === undefined) {
      return { ...known.event, count: known.count, lastTimestamp: timestamp(now) }
    }
    return { ...known.event, series: { count: known.count, lastObservedTime: microTimestamp(now) } }
  }

  /**
   * Nanoseconds in hexadecimal, as upstream's event names. By the clock that all recorders share and that only goes on: two of them
   * often tell of one object in one millisecond, and events are listed by name.
   */
  #suffix(): string {
    const began = BigInt(Math.trunc(performance.timeOrigin * 1000)) * 1000n
    return (began + BigInt(Math.trunc(performance.now() * 1_000_000))).toString(16)
  }
}
