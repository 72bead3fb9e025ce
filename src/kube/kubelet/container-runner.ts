import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../../base/errors.ts'
import type { RecordedEvent } from '../controllers/event-recorder.ts'
import type { Pod } from '../objects.ts'
import { timestamp } from '../timestamp.ts'
import { backoff, goDuration } from './backoff.ts'
import { runContainerProbes } from './container-probes.ts'
import type { ContainerView, Terminated } from './container-view.ts'
import { imageId } from './images.ts'
import type { KubeletHost } from './kubelet-host.ts'
import { runHook } from './lifecycle-hook.ts'
import { MissingReference } from './references.ts'
import type { ContainerSpec, RunningContainer, Sandbox } from './runtime.ts'

export interface RunnerOptions {
  readonly host: KubeletHost
  readonly pod: Pod
  readonly view: ContainerView
  readonly isInit: boolean
  /** The view has changed. */
  readonly changed: () => void
}

/** What has to be done again soon: a reference that is missing, as upstream's next sync. */
const RETRY_FIRST_MS = 200
const RETRY_LAST_MS = 10_000
/** So long after the containers of a dying node its agent may end. */
const NODE_DEATH_MS = 50

/** Runs one container of a pod, again and again as the restart policy says, and keeps its view. */
export class ContainerRunner {
  readonly view: ContainerView
  /** The present or last instance. */
  running: RunningContainer | undefined
  /** The instance before it, for `logs --previous`. */
  previous: RunningContainer | undefined
  readonly #o: RunnerOptions
  readonly #crashes = backoff(true)
  /** Of the present {@link run}. */
  #signal = AbortSignal.abort()

  constructor(options: RunnerOptions) {
    this.#o = options
    this.view = options.view
  }

  get isRunning(): boolean {
    return this.view.state.running !== undefined
  }

  /**
   * Resolves when the container has ended for good, or after the signal as soon as it has ended: then the pod is to end, or its sandbox
   * has, and it runs in another one next.
   */
  async run(
    sandbox: Sandbox,
    policy: string,
    prepare: (restart: number) => Promise<ContainerSpec>,
    signal: AbortSignal,
  ): Promise<void> {
    this.#signal = signal
    if (this.running) this.view.restartCount++
    try {
      await this.#haveImage()
      for (;;) {
        const spec = await this.#prepared(prepare)
        const exitCode = await this.#runOnce(sandbox, spec)
        signal.throwIfAborted()
        const again = policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)
        if (!again) return
        await this.#waitForRestart()
        this.view.restartCount++
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** Ends it: preStop, SIGTERM, SIGKILL after the grace period. */
  async stop(graceSeconds: number, reason?: string): Promise<void> {
    const { running } = this
    if (!running || !this.isRunning) return
    const { name, lifecycle } = this.view.spec
    this.#record({ reason: 'Killing', message: reason ?? `Stopping container ${name}` })
    const began = performance.now()
    if (lifecycle?.preStop && graceSeconds > 0) await this.#hook('preStop', running, graceSeconds * 1000)
    const left = graceSeconds - (performance.now() - began) / 1000
    // Upstream gives two seconds more when the hook has used them all up.
    try {
      await running.stop(graceSeconds > 0 ? Math.max(left, 2) : 0)
    } catch (error) {
      this.#warn('FailedKillPod', `error killing pod: ${messageOf(error)}`)
    }
  }

  async #haveImage(): Promise<void> {
    const { image = '', imagePullPolicy } = this.view.spec
    const { runtime } = this.#o.host
    const pulls = backoff(false)
    for (
      let problem = runtime.imageProblem(image);
      problem !== undefined;
      problem = runtime.imageProblem(image)
    ) {
      if (imagePullPolicy === 'Never') {
        const message = `Container image "${image}" is not present with pull policy of Never`
        this.#warn('ErrImageNeverPull', message)
        this.#wait('ErrImageNeverPull', message)
        this.#warn('Failed', 'Error: ErrImageNeverPull')
        await this.#pause(pulls.next())
        continue
      }
      this.#record({ reason: 'Pulling', message: `Pulling image "${image}"` })
      this.#warn('Failed', `Failed to pull image "${image}": ${problem}`)
      this.#warn('Failed', 'Error: ErrImagePull')
      this.#wait('ErrImagePull', problem)
      await this.#pause(1000)
      const message = `Back-off pulling image "${image}": ErrImagePull: ${problem}`
      this.#record({ reason: 'BackOff', message: `Back-off pulling image "${image}"` })
      this.#warn('Failed', 'Error: ImagePullBackOff')
      this.#wait('ImagePullBackOff', message)
      await this.#pause(pulls.next())
    }
  }

  async #prepared(prepare: (restart: number) => Promise<ContainerSpec>): Promise<ContainerSpec> {
    const { image = '' } = this.view.spec
    const present = `Container image "${image}" already present on machine and can be accessed by the pod`
    this.#record({ reason: 'Pulled', message: present })
    for (let pause = RETRY_FIRST_MS; ; pause = Math.min(pause * 2, RETRY_LAST_MS)) {
      try {
        return await prepare(this.view.restartCount)
      } catch (error) {
        if (!(error instanceof MissingReference)) throw error
        this.#warn('Failed', `Error: ${error.message}`)
        this.#wait('CreateContainerConfigError', error.message)
        await this.#pause(pause)
      }
    }
  }

  /** @returns the exit code; 128 when it could not be started, as containerd's StartError. */
  async #runOnce(sandbox: Sandbox, spec: ContainerSpec): Promise<number> {
    const { host } = this.#o
    const { view } = this
    this.#signal.throwIfAborted()
    let running: RunningContainer
    try {
      running = await host.runtime.startContainer(sandbox, spec)
    } catch (error) {
      const message = messageOf(error)
      this.#warn('Failed', `Error: ${message}`)
      const finishedAt = timestamp(host.now())
      this.#ended({ exitCode: 128, reason: 'StartError', message, startedAt: finishedAt, finishedAt })
      return 128
    }
    this.previous = this.running
    this.running = running
    const startedAt = timestamp(running.startedAt)
    if (view.state.terminated) view.lastState = { terminated: view.state.terminated }
    view.state = { running: { startedAt } }
    view.id = `knet://${running.id}`
    view.imageID = imageId(spec.image)
    view.started = !view.spec.startupProbe
    view.probedReady = !view.spec.readinessProbe
    this.#record({ reason: 'Created', message: 'Container created' })
    this.#record({ reason: 'Started', message: 'Container started' })
    this.#o.changed()
    const { exitCode, finishedAt } = await this.#attend(running, sandbox)
    this.#crashes.ran(finishedAt.getTime() - running.startedAt.getTime())
    const reason = exitCode === 0 ? 'Completed' : 'Error'
    const containerID = view.id
    this.#ended({ exitCode, reason, startedAt, finishedAt: timestamp(finishedAt), containerID })
    return exitCode
  }

  /** Hooks and probes for as long as it runs. */
  async #attend(running: RunningContainer, sandbox: Sandbox): Promise<Awaited<RunningContainer['exited']>> {
    const over = new AbortController()
    const { host, pod } = this.#o
    const { spec } = this.view
    const podIP = sandbox.ip || host.node.address
    if (spec.lifecycle?.postStart) void this.#postStart(running)
    void runContainerProbes({
      view: this.view,
      running,
      runtime: host.runtime,
      podIP,
      signal: AbortSignal.any([over.signal, this.#signal]),
      changed: this.#o.changed,
      unhealthy: (message) => this.#warn('Unhealthy', message),
      kill: (probe) => {
        const grace = spec[`${probe}Probe`]?.terminationGracePeriodSeconds
        const podGrace = pod.spec?.terminationGracePeriodSeconds ?? 30
        const reason = `Container ${spec.name} failed ${probe} probe, will be restarted`
        void this.stop(grace ?? podGrace, reason)
      },
    })
    const exit = await running.exited
    over.abort()
    if (exit.exitCode > 128 && !this.#signal.aborted) await this.#suspectNodeDeath()
    return exit
  }

  /** Killed: perhaps with the whole node, whose kubelet would not live to tell of it. */
  async #suspectNodeDeath(): Promise<void> {
    await Promise.race([this.#o.host.runtime.agentExited, delay(NODE_DEATH_MS)])
    this.#signal.throwIfAborted()
  }

  async #postStart(running: RunningContainer): Promise<void> {
    const problem = await this.#hook('postStart', running, 30_000)
    if (problem !== undefined)
      await this.stop(this.#o.pod.spec?.terminationGracePeriodSeconds ?? 30, 'FailedPostStartHook')
  }

  async #hook(
    when: 'postStart' | 'preStop',
    running: RunningContainer,
    timeoutMs: number,
  ): Promise<string | undefined> {
    const { host } = this.#o
    const container = this.view.spec
    const handler = container.lifecycle?.[when]
    if (!handler) return undefined
    const podIP = host.latest(this.#o.pod)?.status?.podIP ?? ''
    const problem = await runHook(handler, { container, running, runtime: host.runtime, podIP, timeoutMs })
    const reason = when === 'preStop' ? 'FailedPreStopHook' : 'FailedPostStartHook'
    const name = when === 'preStop' ? 'PreStopHook' : 'PostStartHook'
    if (problem !== undefined) this.#warn(reason, `${name} failed: ${problem}`)
    return problem
  }

  #ended(terminated: Terminated): void {
    this.view.state = { terminated }
    this.view.started = false
    this.view.probedReady = false
    this.#o.changed()
  }

  async #waitForRestart(): Promise<void> {
    const wait = this.#crashes.next()
    if (wait === 0) return
    const { metadata } = this.#o.pod
    const { name } = this.view.spec
    const where = `${metadata.name}_${metadata.namespace}(${metadata.uid})`
    const backOff = `Back-off restarting failed container ${name} in pod ${where}`
    this.#record({ type: 'Warning', reason: 'BackOff', message: backOff })
    if (this.view.state.terminated) this.view.lastState = { terminated: this.view.state.terminated }
    this.#wait(
      'CrashLoopBackOff',
      `back-off ${goDuration(wait)} restarting failed container=${name} pod=${where}`,
    )
    await this.#pause(wait)
  }

  #wait(reason: string, message: string): void {
    this.view.state = { waiting: { reason, message } }
    this.#o.changed()
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#signal })
  }

  #warn(reason: string, message: string): void {
    this.#record({ type: 'Warning', reason, message })
  }

  #record(event: Omit<RecordedEvent, 'about'>): void {
    const { pod, isInit, host } = this.#o
    const fieldPath = `spec.${isInit ? 'initContainers' : 'containers'}{${this.view.spec.name}}`
    host.recorder.record({ about: pod, fieldPath, ...event })
  }
}
