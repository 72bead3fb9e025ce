import { keyOf, type Informer } from '../client.ts'
import type { Deployment, Pod, ReplicaSet } from '../objects.ts'
import { sameValue } from '../registry/same-value.ts'
import { DEPLOYMENTS, PODS, REPLICA_SETS } from '../resources.ts'
import { type ControllerContext, splitKey } from './context.ts'
import type { EventRecorder } from './event-recorder.ts'
import {
  isComplete,
  plainStatus,
  progressDeadline,
  rolloutStatus,
  withCondition,
} from './deployment-status.ts'
import { matchesSelector } from './labels.ts'
import { claim, controllerKey, controllerOf } from './owners.ts'
import { isTerminal } from './pods.ts'
import { Rollout } from './rollout.ts'
import type { WorkQueue } from './work-queue.ts'

/** Least time between two looks at one Deployment. */
const REST_MS = 15

/** Rolls Deployments out by way of ReplicaSets. Upstream: pkg/controller/deployment. */
export function startDeployments(context: ControllerContext): void {
  new Deployments(context).watch(context)
}

class Deployments {
  readonly #client: ControllerContext['client']
  readonly #now: ControllerContext['now']
  readonly #recorder: EventRecorder
  readonly #queue: WorkQueue
  readonly #deployments: Informer<Deployment>
  readonly #sets: Informer<ReplicaSet>
  readonly #pods: Informer<Pod>

  constructor(context: ControllerContext) {
    this.#client = context.client
    this.#now = context.now
    this.#recorder = context.recorder('deployment-controller')
    this.#deployments = context.informer(DEPLOYMENTS)
    this.#sets = context.informer(REPLICA_SETS)
    this.#pods = context.informer(PODS)
    this.#queue = context.queue('deployment', { sync: (key) => this.#sync(key), minIntervalMs: REST_MS })
  }

  watch(context: ControllerContext): void {
    context.watch(DEPLOYMENTS, ({ object }) => this.#queue.add(keyOf(object)))
    context.watch(REPLICA_SETS, ({ object, previous }) => {
      for (const set of previous ? [previous, object] : [object]) {
        const key = controllerKey(set, 'Deployment')
        if (key) this.#queue.add(key)
      }
      if (!controllerOf(object)) this.#addMatching(object)
    })
    context.watch(PODS, ({ type, object }) => {
      if (type === 'deleted' || isTerminal(object)) this.#addRecreating(object)
    })
  }

  #addMatching(orphan: ReplicaSet): void {
    for (const deployment of this.#deployments.list(orphan.metadata.namespace)) {
      if (matchesSelector(deployment.spec?.selector, orphan.metadata.labels))
        this.#queue.add(keyOf(deployment))
    }
  }

  /** Recreate waits for the last old pod to be gone. */
  #addRecreating(pod: Pod): void {
    const key = controllerKey(pod, 'ReplicaSet')
    const set = key && this.#sets.get(splitKey(key))
    const owner = set && controllerKey(set, 'Deployment')
    if (owner && this.#deployments.get(splitKey(owner))?.spec?.strategy?.type === 'Recreate')
      this.#queue.add(owner)
  }

  async #sync(key: string): Promise<void> {
    const deployment = this.#deployments.get(splitKey(key))
    if (!deployment) return
    const { selector } = deployment.spec ?? {}
    const candidates = this.#sets.list(deployment.metadata.namespace)
    const mine = await claim(this.#client, REPLICA_SETS, deployment, selector, candidates)
    const rollout = new Rollout(deployment, mine, {
      client: this.#client,
      recorder: this.#recorder,
      now: this.#now(),
    })
    if (deployment.metadata.deletionTimestamp) return this.#writeStatus(rollout, plainStatus)
    await this.#notePause(rollout)
    await rollout.syncRevision()
    if (deployment.spec?.paused || rollout.scaling) {
      await rollout.scaleInProportion()
      if (deployment.spec?.paused) await rollout.cleanUp()
      return this.#writeStatus(rollout, plainStatus)
    }
    const scaled =
      deployment.spec?.strategy?.type === 'Recreate'
        ? await this.#recreate(rollout)
        : await this.#roll(rollout)
    const done = isComplete(rollout.deployment, rollout.deployment.status ?? {})
    if (!scaled && done) await rollout.cleanUp()
    await this.#writeStatus(rollout, rolloutStatus)
    const deadline = progressDeadline(rollout.deployment)
    if (deadline !== undefined)
      this.#queue.addAfter(key, Math.max(1000, deadline - this.#now().getTime() + 1000))
  }

  async #roll(rollout: Rollout): Promise<boolean> {
    await rollout.createNewSet()
    return rollout.roll()
  }

  async #recreate(rollout: Rollout): Promise<boolean> {
    if (await rollout.scaleDownAllOld()) return true
    const old = new Set(rollout.oldSets.map((set) => set.metadata.uid))
    const left = this.#pods
      .list(rollout.deployment.metadata.namespace)
      .some((pod) => old.has(controllerOf(pod)?.uid) && !isTerminal(pod))
    if (left) return true
    await rollout.createNewSet()
    return rollout.newSet ? rollout.scale(rollout.newSet, rollout.replicas) : false
  }

  /** The clock of progressDeadlineSeconds stops while paused. Upstream: checkPausedConditions. */
  async #notePause(rollout: Rollout): Promise<void> {
    const { spec, status } = rollout.deployment
    if (spec?.progressDeadlineSeconds === undefined) return
    const current = status?.conditions?.find((one) => one.type === 'Progressing')
    if (current?.reason === 'ProgressDeadlineExceeded') return
    const wasPaused = current?.reason === 'DeploymentPaused'
    if (Boolean(spec.paused) === wasPaused) return
    const next = spec.paused
      ? { reason: 'DeploymentPaused', message: 'Deployment is paused' }
      : { reason: 'DeploymentResumed', message: 'Deployment is resumed' }
    const condition = { type: 'Progressing', status: 'Unknown', ...next }
    const conditions = withCondition(status?.conditions, condition, this.#now())
    rollout.deployment = await this.#client.update(
      DEPLOYMENTS,
      { ...rollout.deployment, status: { ...status, conditions } },
      'status',
    )
  }

  async #writeStatus(rollout: Rollout, compute: typeof rolloutStatus): Promise<void> {
    const { deployment, newSet, sets } = rollout
    const status: Deployment['status'] = compute({ deployment, newSet, sets, now: this.#now() })
    if (sameValue(status, deployment.status)) return
    rollout.deployment = await this.#client.update(DEPLOYMENTS, { ...deployment, status }, 'status')
  }
}
