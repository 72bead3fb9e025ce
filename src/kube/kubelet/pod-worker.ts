import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../../base/errors.ts'
import { ApiError } from '../client.ts'
import { isTerminal } from '../controllers/pods.ts'
import { keyFrom } from '../controllers/owners.ts'
import type { Pod } from '../objects.ts'
import { PODS } from '../resources.ts'
import { timestamp } from '../timestamp.ts'
import { ContainerRunner } from './container-runner.ts'
import { newView, type ContainerView } from './container-view.ts'
import type { KubeletHost } from './kubelet-host.ts'
import { makeSandbox, volumesOf } from './pod-preparation.ts'
import { containerSpec } from './pod-spec.ts'
import { isInitialized, podStatus } from './pod-status.ts'
import { PodStatusWriter } from './pod-status-writer.ts'
import type { Sandbox } from './runtime.ts'
import type { ResolvedVolume } from './volumes.ts'

const RETRY_MS = 1000

/** Where and how long a container runs. */
interface Running {
  readonly sandbox: Sandbox
  readonly volumes: ReadonlyMap<string, ResolvedVolume>
  readonly policy: string
  readonly until: AbortSignal
}

/** Makes one pod's life on its node: sandbox, init containers, containers, status, end. */
export class PodWorker {
  readonly uid: string
  /** Containers by name, init containers too. */
  readonly runners = new Map<string, ContainerRunner>()
  readonly #host: KubeletHost
  readonly #inits: ContainerRunner[]
  readonly #containers: ContainerRunner[]
  /** The present one is the last. */
  readonly #sandboxes: Sandbox[] = []
  readonly #startTime: string
  readonly #writer: PodStatusWriter
  /** Aborted when the pod is to end, or the kubelet. */
  readonly #ending = new AbortController()
  readonly #life: Promise<void>
  #pod: Pod
  #podIP: string | undefined
  #termination: Promise<void> | undefined
  /** Wakes who waits for a sidecar to have started. */
  #onChange: () => void = () => {}

  constructor(host: KubeletHost, pod: Pod) {
    this.#host = host
    this.#pod = pod
    this.uid = pod.metadata.uid ?? ''
    this.#startTime = pod.status?.startTime ?? timestamp(host.now())
    const { initContainers = [], containers = [] } = pod.spec ?? {}
    const waiting = initContainers.length > 0 ? 'PodInitializing' : 'ContainerCreating'
    const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
    const before = (name: string) => statuses.find((status) => status.name === name)
    this.#inits = initContainers.map((one) =>
      this.#runner(newView(one, 'PodInitializing', before(one.name)), true),
    )
    this.#containers = containers.map((one) => this.#runner(newView(one, waiting, before(one.name)), false))
    this.#writer = new PodStatusWriter(host, () => this.#status())
    this.#life = this.#begin()
  }

  get pod(): Pod {
    return this.#pod
  }

  get podIP(): string | undefined {
    return this.#podIP
  }

  /** The API has a newer object. */
  update(pod: Pod): void {
    this.#pod = pod
    if (pod.metadata.deletionTimestamp) this.terminate(pod.metadata.deletionGracePeriodSeconds ?? 0)
    else this.#writer.lazy()
  }

  /** Ends the pod and removes it from the API; a later call may only hurry. */
  terminate(graceSeconds: number): void {
    if (this.#termination) void this.#stopContainers(graceSeconds)
    else this.#termination = this.#end(graceSeconds)
  }

  /** Resolves when everything of the pod is gone from the node. */
  async terminated(graceSeconds: number): Promise<void> {
    this.terminate(graceSeconds)
    await this.#termination
  }

  /** The kubelet ends: forget the pod, and leave its containers to their fate. */
  abandon(): void {
    this.#ending.abort()
    this.#writer.stop()
  }

  #runner(view: ContainerView, isInit: boolean): ContainerRunner {
    const runner = new ContainerRunner({
      host: this.#host,
      pod: this.#pod,
      view,
      isInit,
      changed: () => {
        this.#writer.urgent()
        this.#onChange()
      },
    })
    this.runners.set(view.spec.name, runner)
    return runner
  }

  async #begin(): Promise<void> {
    const { deletionTimestamp, deletionGracePeriodSeconds } = this.#pod.metadata
    if (isTerminal(this.#pod)) this.#podIP = this.#pod.status?.podIP
    if (deletionTimestamp) this.terminate(deletionGracePeriodSeconds ?? 0)
    if (deletionTimestamp || isTerminal(this.#pod) || this.#wasLost()) return
    this.#writer.lazy()
    try {
      await this.#live()
    } catch (error) {
      if (this.#ending.signal.aborted) return
      this.#warn('FailedSync', `error: ${messageOf(error)}`)
    }
  }

  /** With restartPolicy Never, containers that an earlier kubelet ran are not run again. */
  #wasLost(): boolean {
    if (this.#pod.spec?.restartPolicy !== 'Never') return false
    const lost = this.#containers.filter((runner) => runner.view.lastState.terminated)
    for (const { view } of lost) {
      view.state = view.lastState
      view.lastState = {}
      view.restartCount--
    }
    if (lost.length > 0) this.#writer.urgent()
    return lost.length > 0
  }

  async #live(): Promise<void> {
    if (this.#pod.status?.podIP) this.#tellOfNewSandbox()
    const { signal } = this.#ending
    const volumes = await volumesOf(this.#host, this.#pod, signal)
    const policy = this.#pod.spec?.restartPolicy ?? 'Always'
    let again: boolean
    do {
      signal.throwIfAborted()
      const sandbox = await makeSandbox(this.#host, this.#pod, signal)
      this.#sandboxes.push(sandbox)
      this.#podIP = sandbox.ip || this.#host.node.address
      this.#writer.lazy()
      const isLost = await this.#liveIn(sandbox, volumes, policy)
      // Upstream makes no other sandbox for what is not to be restarted: computePodActions.
      again = isLost && policy !== 'Never'
    } while (again)
  }

  /** @returns whether the sandbox was lost; its containers have been ended then. */
  async #liveIn(
    sandbox: Sandbox,
    volumes: ReadonlyMap<string, ResolvedVolume>,
    policy: string,
  ): Promise<boolean> {
    const lost = new AbortController()
    void sandbox.lost.then(() => {
      lost.abort()
      this.#tellOfNewSandbox()
      return this.#stopContainers(this.#grace())
    })
    const until = AbortSignal.any([this.#ending.signal, lost.signal])
    const runs: Promise<void>[] = []
    const run = (runner: ContainerRunner, again: string) => {
      const running = this.#run(runner, { sandbox, volumes, policy: again, until })
      runs.push(running)
      return running
    }
    const isInitialized = await this.#initialize(run, policy, until)
    if (isInitialized) await Promise.all(this.#remaining(policy).map((runner) => run(runner, policy)))
    if (this.#ending.signal.aborted) return false
    if (lost.signal.aborted) await Promise.all(runs)
    else if (isInitialized) await Promise.all(this.#inits.map((runner) => runner.stop(this.#grace())))
    else return false
    await this.#host.runtime.stopSandbox(sandbox.id)
    this.#writer.urgent()
    return lost.signal.aborted
  }

  /** What has succeeded, in a sandbox before this one, is not run again where only failures are. */
  #remaining(policy: string): ContainerRunner[] {
    const isDone = ({ view }: ContainerRunner) => view.state.terminated?.exitCode === 0
    return this.#containers.filter((runner) => policy !== 'OnFailure' || !isDone(runner))
  }

  #tellOfNewSandbox(): void {
    const message = 'Pod sandbox changed, it will be killed and re-created.'
    this.#host.recorder.record({ about: this.#pod, reason: 'SandboxChanged', message })
  }

  /** One after the other; those that restart always only have to have started. False when one has failed for good, or after the signal. */
  async #initialize(
    run: (runner: ContainerRunner, policy: string) => Promise<void>,
    policy: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    for (const runner of this.#inits) {
      const isSidecar = runner.view.spec.restartPolicy === 'Always'
      const again = isSidecar ? 'Always' : policy === 'Never' ? 'Never' : 'OnFailure'
      const running = run(runner, again)
      if (isSidecar) await this.#untilStarted(runner, signal)
      else await running
      if (signal.aborted || !isInitialized(runner.view)) return false
    }
    return true
  }

  async #untilStarted({ view }: ContainerRunner, signal: AbortSignal): Promise<void> {
    while (!view.started && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#onChange = resolve
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  #run(runner: ContainerRunner, { sandbox, volumes, policy, until }: Running): Promise<void> {
    const { view } = runner
    const prepare = (restart: number) =>
      containerSpec(this.#host, {
        pod: this.#pod,
        container: view.spec,
        podIP: this.#podIP ?? '',
        volumes,
        restart,
      })
    return runner.run(sandbox, policy, prepare, until)
  }

  async #end(graceSeconds: number): Promise<void> {
    this.#ending.abort()
    await Promise.all([this.#stopContainers(graceSeconds), this.#life])
    // A container that was being started when the end came.
    await this.#stopContainers(graceSeconds)
    await this.#untilDone(() => this.#removeSandboxes())
    this.#writer.stop()
    await this.#untilDone(() => this.#deleteObject())
  }

  async #removeSandboxes(): Promise<void> {
    await Promise.all(this.#sandboxes.map(({ id }) => this.#host.runtime.removeSandbox(id)))
    this.#sandboxes.length = 0
  }

  /** What ends a pod is tried until it works, or the kubelet has ended too. */
  async #untilDone(step: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await step()
      } catch (error) {
        if (this.#host.signal.aborted) return
        this.#warn('FailedKillPod', `error killing pod: ${messageOf(error)}`)
        await delay(RETRY_MS)
      }
    }
  }

  async #stopContainers(graceSeconds: number): Promise<void> {
    await Promise.all(this.#containers.map((runner) => runner.stop(graceSeconds)))
    await Promise.all(this.#inits.map((runner) => runner.stop(graceSeconds)))
  }

  async #deleteObject(): Promise<void> {
    if (this.#host.signal.aborted || !this.#host.latest(this.#pod)) return
    const preconditions = { uid: this.uid }
    try {
      await this.#host.client.delete(PODS, keyFrom(this.#pod), { gracePeriodSeconds: 0, preconditions })
    } catch (error) {
      const gone = error instanceof ApiError && (error.code === 404 || error.code === 409)
      if (!gone) throw error
    }
  }

  #status() {
    const pod = this.#host.latest(this.#pod)
    if (!pod) return undefined
    const views = (runners: readonly ContainerRunner[]) => runners.map((runner) => runner.view)
    const view = {
      pod,
      inits: views(this.#inits),
      containers: views(this.#containers),
      hostIP: this.#host.node.address,
      podIP: this.#podIP,
      startTime: this.#startTime,
    }
    return { pod, status: podStatus(view, this.#host.now()) }
  }

  #grace(): number {
    return this.#pod.spec?.terminationGracePeriodSeconds ?? 30
  }

  #warn(reason: string, message: string): void {
    this.#host.recorder.record({ about: this.#pod, type: 'Warning', reason, message })
  }
}
