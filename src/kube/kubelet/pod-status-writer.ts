import { ApiError } from '../client.ts'
import type { Pod, PodStatus } from '../objects.ts'
import { sameValue } from '../registry/same-value.ts'
import { PODS } from '../resources.ts'
import type { KubeletHost } from './kubelet-host.ts'

/** What is in flux anyway is not written before this: a pod that starts quickly costs one write. */
const LAZY_MS = 100
const RETRY_MS = 1000

/** Writes one pod's status: only what is new, and of a burst of changes only the last. */
export class PodStatusWriter {
  readonly #host: KubeletHost
  readonly #compute: () => { pod: Pod; status: PodStatus } | undefined
  #soon = false
  #timer: NodeJS.Timeout | undefined
  #written: PodStatus | undefined
  #stopped = false

  /** @param compute the status of now, and the object that it is written to */
  constructor(host: KubeletHost, compute: () => { pod: Pod; status: PodStatus } | undefined) {
    this.#host = host
    this.#compute = compute
  }

  /** There is news, to be written after this turn of the event loop. */
  urgent(): void {
    if (this.#soon || this.#stopped) return
    this.#soon = true
    setImmediate(() => {
      this.#soon = false
      void this.#write()
    })
  }

  /** There is news, but more is about to come. */
  lazy(ms = LAZY_MS): void {
    if (this.#soon || this.#stopped) return
    this.#timer ??= setTimeout(() => void this.#write(), ms)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#stopped || this.#host.signal.aborted) return
    const next = this.#compute()
    if (!next) return
    const { pod, status } = next
    if (sameValue(status, this.#written) && !drifted(pod.status, status)) return
    const { resourceVersion: _, ...metadata } = pod.metadata
    try {
      await this.#host.client.update(PODS, { ...pod, metadata, status }, 'status')
      this.#written = status
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 404) this.lazy(RETRY_MS)
    }
  }
}

/** Somebody else (the node controller) has written what only the kubelet knows. */
export function drifted(theirs: PodStatus | undefined, ours: PodStatus): boolean {
  const ready = (status: PodStatus | undefined) =>
    status?.conditions?.find(({ type }) => type === 'Ready')?.status
  return theirs?.phase !== ours.phase || ready(theirs) !== ready(ours)
}
