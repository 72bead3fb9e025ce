import { ApiError, type KubeClient } from '../client.ts'
import type { Deployment, ReplicaSet } from '../objects.ts'
import { DEPLOYMENTS, REPLICA_SETS } from '../resources.ts'
import { isScalingEvent, newSetSize, oldestFirst, proportionalSizes } from './deployment-scaling.ts'
import { condition, sizeOf, sum, withCondition } from './deployment-status.ts'
import type { EventRecorder } from './event-recorder.ts'
import { stableJson } from './names.ts'
import { newReplicaSet, templateText } from './new-replica-set.ts'
import { controllerOf } from './owners.ts'
import { fence } from './rolling-numbers.ts'
import {
  REVISION,
  desiredReplicas,
  maxReplicas,
  revisionOf,
  sizeAnnotations,
  syncedAnnotations,
} from './rollout-annotations.ts'

/** One look at one Deployment: reads and changes its ReplicaSets, and keeps the changed copies. */
export class Rollout {
  readonly #client: KubeClient
  readonly #recorder: EventRecorder
  readonly #now: Date
  deployment: Deployment
  sets: ReplicaSet[]
  newSet: ReplicaSet | undefined

  constructor(
    deployment: Deployment,
    sets: readonly ReplicaSet[],
    o: { client: KubeClient; recorder: EventRecorder; now: Date },
  ) {
    this.#client = o.client
    this.#recorder = o.recorder
    this.#now = o.now
    this.deployment = deployment
    this.sets = oldestFirst(sets)
    const template = templateText(deployment.spec?.template)
    this.newSet = this.sets.find((set) => templateText(set.spec?.template) === template)
  }

  get replicas(): number {
    return this.deployment.spec?.replicas ?? 1
  }

  get oldSets(): ReplicaSet[] {
    return this.sets.filter((set) => set !== this.newSet)
  }

  get scaling(): boolean {
    return isScalingEvent(this.deployment, this.sets)
  }

  /** Brings the new ReplicaSet's annotations and the Deployment's revision up to date. Upstream: getNewReplicaSet. */
  async syncRevision(): Promise<void> {
    if (!this.newSet) return
    const revision = 1 + Math.max(0, ...this.oldSets.map(revisionOf))
    const annotations = syncedAnnotations(this.newSet, this.deployment, revision)
    const { minReadySeconds = 0 } = this.deployment.spec ?? {}
    const { metadata, spec } = this.newSet
    const same = stableJson(annotations) === stableJson(metadata.annotations ?? {})
    if (!same || (spec?.minReadySeconds ?? 0) !== minReadySeconds) {
      await this.#updateSet(this.newSet, { annotations, ...(minReadySeconds && { minReadySeconds }) })
    }
    await this.#noteRevision(condition(this.deployment, 'Progressing') ? undefined : 'Found')
  }

  /** Makes the ReplicaSet for the present template. */
  async createNewSet(): Promise<void> {
    if (this.newSet) return
    const size = newSetSize(this.deployment, this.sets)
    const wanted = newReplicaSet(this.deployment, this.sets, size)
    try {
      this.newSet = await this.#client.create(REPLICA_SETS, wanted)
      if (size > 0) this.#tellScaling(this.newSet, 0, size)
    } catch (error) {
      if (!(error instanceof ApiError) || error.status.reason !== 'AlreadyExists') throw error
      this.newSet = await this.#existing(wanted)
    }
    this.sets = [...this.sets, this.newSet]
    await this.#noteRevision('Created new')
  }

  /** Ours, that the informer has not shown yet; or another's with the same name, which makes the next hash differ. */
  async #existing(wanted: ReplicaSet): Promise<ReplicaSet> {
    const found = await this.#client.get(REPLICA_SETS, nameOf(wanted))
    const ours = found && controllerOf(found)?.uid === this.deployment.metadata.uid
    if (ours && templateText(found.spec?.template) === templateText(wanted.spec?.template)) return found
    await this.#countCollision()
    throw new Error(`hash collision: ReplicaSet ${wanted.metadata.name} exists`)
  }

  /** Upstream: rolloutRolling. True when something was scaled: the rest waits for its effect. */
  async roll(): Promise<boolean> {
    const { newSet } = this
    if (!newSet) return false
    const size =
      sizeOf(newSet) > this.replicas ? this.replicas : newSetSize(this.deployment, this.sets, newSet)
    if (await this.scale(newSet, size)) return true
    return this.#scaleDownOld(newSet)
  }

  /** Old pods that may go: never more than leaves `minAvailable`. Upstream: reconcileOldReplicaSets. */
  async #scaleDownOld(newSet: ReplicaSet): Promise<boolean> {
    const minAvailable = this.replicas - fence(this.deployment).maxUnavailable
    const newUnavailable = sizeOf(newSet) - (newSet.status?.availableReplicas ?? 0)
    const most = sum(this.sets.map(sizeOf)) - minAvailable - newUnavailable
    if (most <= 0) return false
    const unhealthy = await this.#shrink(most, (set) => sizeOf(set) - (set.status?.availableReplicas ?? 0))
    const available = sum(this.sets.map((set) => set.status?.availableReplicas))
    const healthy = await this.#shrink(available - minAvailable, sizeOf)
    return unhealthy || healthy
  }

  async #shrink(most: number, surplus: (set: ReplicaSet) => number): Promise<boolean> {
    let left = most
    let changed = false
    for (const set of this.oldSets) {
      const fewer = Math.min(left, surplus(set), sizeOf(set))
      if (fewer <= 0) continue
      left -= fewer
      changed = (await this.scale(set, sizeOf(set) - fewer)) || changed
    }
    return changed
  }

  async scaleDownAllOld(): Promise<boolean> {
    return this.#shrink(Infinity, sizeOf)
  }

  /** Follows a change of spec.replicas without rolling out. Upstream: scale(). */
  async scaleInProportion(): Promise<void> {
    const active = this.sets.filter((set) => sizeOf(set) > 0)
    const only = active.length > 1 ? undefined : (active[0] ?? this.newSet ?? this.sets.at(-1))
    if (only) {
      await this.scale(only, this.replicas)
    } else if (this.newSet && this.#isSaturated(this.newSet)) {
      await this.scaleDownAllOld()
    } else if (this.deployment.spec?.strategy?.type !== 'Recreate') {
      for (const [set, size] of proportionalSizes(this.deployment, active)) await this.scale(set, size)
    }
  }

  #isSaturated(set: ReplicaSet): boolean {
    const available = set.status?.availableReplicas ?? 0
    return (
      sizeOf(set) === this.replicas && desiredReplicas(set) === this.replicas && available === this.replicas
    )
  }

  /** True when the size changed; the annotations that remember what was wanted are kept right in any case. */
  async scale(set: ReplicaSet, size: number): Promise<boolean> {
    const before = sizeOf(set)
    const max = this.replicas + fence(this.deployment).maxSurge
    if (before === size && desiredReplicas(set) === this.replicas && maxReplicas(set) === max) return false
    const annotations = { ...set.metadata.annotations, ...sizeAnnotations(this.replicas, max) }
    const changed = await this.#updateSet(set, { replicas: size, annotations })
    if (before !== size) this.#tellScaling(changed, before, size)
    return before !== size
  }

  /** Deletes what revisionHistoryLimit no longer keeps, lowest revision first. */
  async cleanUp(): Promise<void> {
    const { revisionHistoryLimit } = this.deployment.spec ?? {}
    if (revisionHistoryLimit === undefined) return
    const idle = this.oldSets.filter((set) => !set.metadata.deletionTimestamp)
    const surplus = idle.length - revisionHistoryLimit
    for (const set of idle.sort((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, surplus))) {
      const busy = sizeOf(set) > 0 || (set.status?.replicas ?? 0) > 0
      const stale = (set.metadata.generation ?? 0) > (set.status?.observedGeneration ?? 0)
      if (!busy && !stale) await this.#client.delete(REPLICA_SETS, nameOf(set))
    }
  }

  async #updateSet(
    set: ReplicaSet,
    change: { replicas?: number; minReadySeconds?: number; annotations: Record<string, string> },
  ): Promise<ReplicaSet> {
    const { annotations, ...spec } = change
    const next = {
      ...set,
      metadata: { ...set.metadata, annotations },
      spec: { ...set.spec, ...spec },
    } as ReplicaSet
    const updated = await this.#client.update(REPLICA_SETS, next)
    this.sets = this.sets.map((other) => (other === set ? updated : other))
    if (this.newSet === set) this.newSet = updated
    return updated
  }

  /** The revision annotation and the first Progressing condition travel with one status write, as upstream. */
  async #noteRevision(news: 'Found' | 'Created new' | undefined): Promise<void> {
    const { deployment, newSet } = this
    const revision = newSet?.metadata.annotations?.[REVISION]
    const known = deployment.metadata.annotations?.[REVISION] === revision
    if (!newSet || !revision || (known && !news)) return
    const reason = news === 'Found' ? 'FoundNewReplicaSet' : 'NewReplicaSetCreated'
    const message = `${news} ${news === 'Found' ? 'new replica set' : 'replica set'} "${newSet.metadata.name}"`
    const progressing = { type: 'Progressing', status: 'True', reason, message }
    const tracked = news && deployment.spec?.progressDeadlineSeconds !== undefined
    const conditions = tracked
      ? withCondition(deployment.status?.conditions, progressing, this.#now)
      : deployment.status?.conditions
    const annotations = { ...deployment.metadata.annotations, [REVISION]: revision }
    const next = {
      ...deployment,
      metadata: { ...deployment.metadata, annotations },
      status: { ...deployment.status, ...(conditions && { conditions }) },
    }
    this.deployment = await this.#client.update(DEPLOYMENTS, next, 'status')
  }

  async #countCollision(): Promise<void> {
    const collisionCount = (this.deployment.status?.collisionCount ?? 0) + 1
    const status = { ...this.deployment.status, collisionCount }
    this.deployment = await this.#client.update(DEPLOYMENTS, { ...this.deployment, status }, 'status')
  }

  #tellScaling(set: ReplicaSet, from: number, to: number): void {
    const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${set.metadata.name} from ${from} to ${to}`
    this.#recorder.record({ about: this.deployment, reason: 'ScalingReplicaSet', message })
  }
}

function nameOf(set: ReplicaSet): { namespace: string; name: string } {
  return { namespace: set.metadata.namespace ?? '', name: set.metadata.name }
}
