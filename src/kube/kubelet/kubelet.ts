import { setTimeout as delay } from 'node:timers/promises'
import { keyOf, type Change, type Key, type KubeClient } from '../client.ts'
import { keyFrom } from '../controllers/owners.ts'
import { eventRecorder } from '../controllers/event-recorder.ts'
import type { Pod } from '../objects.ts'
import { PODS, SERVICES } from '../resources.ts'
import type { KubeletConfig, KubeletHost } from './kubelet-host.ts'
import type { NodeIdentity } from './node-object.ts'
import { NodeReporter } from './node-reporter.ts'
import { PodWorker } from './pod-worker.ts'
import type { PodRuntime } from './runtime.ts'

export interface KubeletOptions {
  readonly client: KubeClient
  readonly node: NodeIdentity
  readonly runtime: PodRuntime
  readonly config: KubeletConfig
  readonly now?: () => Date
  /** Hears of what could not be done and is not retried: for a log. */
  readonly onError?: (error: unknown) => void
}

export interface Kubelet {
  readonly node: NodeIdentity
  /** Resolves when the node is registered and its pods are being looked after. */
  readonly started: Promise<void>
  /** False after stop() and when the node's agent has died. */
  readonly alive: boolean
  /** Tells it that the node's network may be ready now: it looks from time to time, and at once then. */
  networkChanged(): void
  /** The pod's worker, while the pod is in the API or has something on the node. */
  worker(pod: Key): PodWorker | undefined
  /** Stops at once, as a killed kubelet: containers go on. With `removePods` their containers end first. */
  stop(options?: { removePods?: boolean }): Promise<void>
}

/** Starts a node's kubelet. It dies with the runtime's agent; start a new one to bring the node back. */
export function startKubelet(options: KubeletOptions): Kubelet {
  return new RunningKubelet(options)
}

class RunningKubelet implements Kubelet {
  readonly node: NodeIdentity
  readonly started: Promise<void>
  readonly #options: KubeletOptions
  readonly #ending = new AbortController()
  readonly #workers = new Map<string, PodWorker>()
  readonly #host: KubeletHost
  readonly #informers: { stop(): void }[]
  readonly #reporter: NodeReporter
  /** Who waits for the network to change. */
  readonly #asleep = new Set<() => void>()

  constructor(options: KubeletOptions) {
    const { client, node, runtime, config, now = () => new Date() } = options
    this.#options = options
    this.node = node
    const { signal } = this.#ending
    const recorder = eventRecorder({ client, component: 'kubelet', host: node.name, now })
    const pods = client.informer(PODS, { fieldSelector: `spec.nodeName=${node.name}` })
    const services = client.informer(SERVICES)
    const reporter = new NodeReporter({ client, node, config, runtime, recorder, signal, now })
    this.#reporter = reporter
    this.#informers = [pods, services, recorder]
    this.#host = {
      client,
      runtime,
      node,
      config,
      recorder,
      signal,
      now,
      services: () => services.list(),
      latest: ({ metadata: { uid, namespace, name } }) => {
        const found = pods.get({ namespace, name })
        return found?.metadata.uid === uid ? found : undefined
      },
      networkProblem: () => reporter.networkProblem,
      networkChange: (abort) => reporter.networkChange(abort),
      pause: (ms, abort) => this.#pause(ms, abort),
    }
    void runtime.agentExited.then(() => this.stop())
    this.started = this.#start(reporter, () => pods.onChange((change) => this.#observe(change)))
    this.started.catch((error: unknown) => options.onError?.(error))
  }

  get alive(): boolean {
    return !this.#ending.signal.aborted
  }

  networkChanged(): void {
    this.#reporter.networkChanged()
    for (const wake of this.#asleep) wake()
  }

  async #pause(ms: number, abort: AbortSignal): Promise<void> {
    const awake = new AbortController()
    const wake = () => awake.abort()
    this.#asleep.add(wake)
    await delay(ms, undefined, { signal: AbortSignal.any([abort, awake.signal]) }).catch(() => {})
    this.#asleep.delete(wake)
    abort.throwIfAborted()
  }

  worker({ namespace, name }: Key): PodWorker | undefined {
    const key = keyOf({ namespace, name })
    let found: PodWorker | undefined
    for (const worker of this.#workers.values()) if (keyOf(worker.pod) === key) found = worker
    return found
  }

  async stop({ removePods = false } = {}): Promise<void> {
    if (removePods && this.alive) {
      const workers = [...this.#workers.values()]
      this.#ending.abort()
      await Promise.all(workers.map((worker) => worker.terminated(0)))
    }
    this.#ending.abort()
    for (const worker of this.#workers.values()) worker.abandon()
    for (const informer of this.#informers) informer.stop()
  }

  async #start(reporter: NodeReporter, watchPods: () => void): Promise<void> {
    await reporter.start()
    if (this.alive) watchPods()
  }

  #observe({ type, object }: Change<Pod>): void {
    if (!this.alive) return
    const uid = object.metadata.uid ?? ''
    const worker = this.#workers.get(uid)
    if (type === 'deleted') {
      if (worker) void this.#remove(worker, object.metadata.deletionGracePeriodSeconds ?? 0)
    } else if (worker) {
      worker.update(object)
    } else {
      this.#forgetNamesake(object)
      this.#workers.set(uid, new PodWorker(this.#host, object))
    }
  }

  /** Gone from the API: what is left of it ends, with its own grace unless it was told to hurry. */
  async #remove(worker: PodWorker, graceSeconds: number): Promise<void> {
    try {
      await worker.terminated(graceSeconds)
    } catch (error) {
      this.#options.onError?.(error)
    }
    this.#workers.delete(worker.uid)
  }

  /** A new pod of the same name: the old one has gone while nobody looked. */
  #forgetNamesake(pod: Pod): void {
    const worker = this.worker(keyFrom(pod))
    if (worker) void this.#remove(worker, 0)
  }
}
