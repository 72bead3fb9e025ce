import { keyOf } from '../client.ts'
import type { Deployment, Pod, ReplicaSet } from '../objects.ts'
import { DEPLOYMENTS, PODS, REPLICA_SETS } from '../resources.ts'
import { type ControllerContext, splitKey } from './context.ts'
import {
  isComplete,
  plainStatus,
  progressDeadline,
  rolloutStatus,
  withCondition,
} from './deployment-status.ts'
import { matchesSelector } from './labels.ts'
import { stableJson } from './names.ts'
import { claim, controllerKey, controllerOf } from './owners.ts'
import { isTerminal } from './pods.ts'
import { Rollout } from './rollout.ts'

/** Least time between two looks at one Deployment. */
const REST_MS = 15

/** Rolls Deployments out by way of ReplicaSets. Upstream: pkg/controller/deployment. */
export function startDeployments(context: ControllerContext): void {
  const { client, now } = context
  const recorder = context.recorder('deployment-controller')
  const queue = context.queue('deployment', { sync, minIntervalMs: REST_MS })
  const deployments = context.watch(DEPLOYMENTS, ({ object }) => queue.add(keyOf(object)))
  const sets = context.watch(REPLICA_SETS, ({ object, previous }) => {
    for (const set of previous ? [previous, object] : [object]) {
      const key = controllerKey(set, 'Deployment')
      if (key) queue.add(key)
    }
    if (!controllerOf(object)) addMatching(object)
  })
  const pods = context.watch(PODS, ({ type, object }) => {
    if (type === 'deleted' || isTerminal(object)) addRecreating(object)
  })

  function addMatching(orphan: ReplicaSet): void {
    for (const deployment of deployments.list(orphan.metadata.namespace)) {
      if (matchesSelector(deployment.spec?.selector, orphan.metadata.labels)) queue.add(keyOf(deployment))
    }
  }

  /** Recreate waits for the last old pod to be gone. */
  function addRecreating(pod: Pod): void {
    const key = controllerKey(pod, 'ReplicaSet')
    const set = key && sets.get(splitKey(key))
    const owner = set && controllerKey(set, 'Deployment')
    if (owner && deployments.get(splitKey(owner))?.spec?.strategy?.type === 'Recreate') queue.add(owner)
  }

  async function sync(key: string): Promise<void> {
    const deployment = deployments.get(splitKey(key))
    if (!deployment) return
    const { selector } = deployment.spec ?? {}
    const candidates = sets.list(deployment.metadata.namespace)
    const mine = await claim(client, REPLICA_SETS, deployment, selector, candidates)
    const rollout = new Rollout(deployment, mine, { client, recorder, now: now() })
    if (deployment.metadata.deletionTimestamp) return writeStatus(rollout, plainStatus)
    await notePause(rollout)
    await rollout.syncRevision()
    if (deployment.spec?.paused || rollout.scaling) {
      await rollout.scaleInProportion()
      if (deployment.spec?.paused) await rollout.cleanUp()
      return writeStatus(rollout, plainStatus)
    }
    const scaled =
      deployment.spec?.strategy?.type === 'Recreate' ? await recreate(rollout) : await roll(rollout)
    const done = isComplete(rollout.deployment, rollout.deployment.status ?? {})
    if (!scaled && done) await rollout.cleanUp()
    await writeStatus(rollout, rolloutStatus)
    const deadline = progressDeadline(rollout.deployment)
    if (deadline !== undefined) queue.addAfter(key, Math.max(1000, deadline - now().getTime() + 1000))
  }

  async function roll(rollout: Rollout): Promise<boolean> {
    await rollout.createNewSet()
    return rollout.roll()
  }

  async function recreate(rollout: Rollout): Promise<boolean> {
    if (await rollout.scaleDownAllOld()) return true
    const old = new Set(rollout.oldSets.map((set) => set.metadata.uid))
    const left = pods
      .list(rollout.deployment.metadata.namespace)
      .some((pod) => old.has(controllerOf(pod)?.uid) && !isTerminal(pod))
    if (left) return true
    await rollout.createNewSet()
    return rollout.newSet ? rollout.scale(rollout.newSet, rollout.replicas) : false
  }

  /** The clock of progressDeadlineSeconds stops while paused. Upstream: checkPausedConditions. */
  async function notePause(rollout: Rollout): Promise<void> {
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
    const conditions = withCondition(status?.conditions, condition, now())
    rollout.deployment = await client.update(
      DEPLOYMENTS,
      { ...rollout.deployment, status: { ...status, conditions } },
      'status',
    )
  }

  async function writeStatus(rollout: Rollout, compute: typeof rolloutStatus): Promise<void> {
    const { deployment, newSet, sets } = rollout
    const status: Deployment['status'] = compute({ deployment, newSet, sets, now: now() })
    if (stableJson(status) === stableJson(deployment.status)) return
    rollout.deployment = await client.update(DEPLOYMENTS, { ...deployment, status }, 'status')
  }
}
