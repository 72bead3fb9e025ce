import type { Pod, PodStatus } from '../objects.ts'
import { timestamp } from '../timestamp.ts'
import { isContainerReady, isRunning, statusOf, type ContainerView } from './container-view.ts'

type PodCondition = NonNullable<PodStatus['conditions']>[number]

export interface PodView {
  readonly pod: Pod
  readonly inits: readonly ContainerView[]
  readonly containers: readonly ContainerView[]
  readonly hostIP: string
  /** Undefined while there is no sandbox. */
  readonly podIP: string | undefined
  readonly startTime: string
}

/** The status that upstream's kubelet would write. Upstream: generateAPIPodStatus. */
export function podStatus(view: PodView, now: Date): PodStatus {
  const { pod, hostIP, podIP } = view
  const { reason, message, qosClass } = pod.status ?? {}
  const phase = phaseOf(view)
  return {
    ...(pod.metadata.generation && { observedGeneration: pod.metadata.generation }),
    phase,
    conditions: conditionsOf(view, phase, now),
    ...(reason && { reason }),
    ...(message && { message }),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(podIP && { podIP, podIPs: [{ ip: podIP }] }),
    startTime: view.startTime,
    ...(view.inits.length > 0 && { initContainerStatuses: view.inits.map((init) => statusOf(init, true)) }),
    containerStatuses: view.containers.map((container) => statusOf(container, false)),
    ...(qosClass && { qosClass }),
  }
}

const isSidecar = (view: ContainerView): boolean => view.spec.restartPolicy === 'Always'

export function isInitialized(view: ContainerView): boolean {
  return isSidecar(view) ? view.started : view.state.terminated?.exitCode === 0
}

/** Upstream: getPhase. */
function phaseOf({ pod, inits, containers }: PodView): string {
  const before = pod.status?.phase
  if (before === 'Succeeded' || before === 'Failed') return before
  const policy = pod.spec?.restartPolicy ?? 'Always'
  const failedInit = inits.some((init) => !isSidecar(init) && (init.state.terminated?.exitCode ?? 0) !== 0)
  if (failedInit && policy === 'Never') return 'Failed'
  if (!inits.every(isInitialized)) return 'Pending'
  const running = containers.filter(isRunning).length
  const ended = containers.filter((one) => one.state.terminated ?? one.lastState.terminated).length
  if (containers.some((one) => one.state.waiting && !one.lastState.terminated)) return 'Pending'
  if (running > 0) return 'Running'
  if (ended === 0) return 'Pending'
  const exits = containers.map((one) => one.state.terminated?.exitCode)
  if (exits.some((code) => code === undefined)) return 'Running'
  if (policy === 'Always' && !pod.metadata.deletionTimestamp) return 'Running'
  if (exits.every((code) => code === 0)) return 'Succeeded'
  return policy === 'OnFailure' ? 'Running' : 'Failed'
}

interface Verdict {
  readonly status: boolean
  readonly reason?: string
  readonly message?: string
}

function conditionsOf(view: PodView, phase: string, now: Date): PodCondition[] {
  const { pod, inits, containers, podIP } = view
  const initialized = initializedVerdict(inits, phase)
  const containersReady = containersVerdict(containers, phase)
  const scheduled = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled')
  const make = (type: string, verdict: Verdict) => condition(pod, type, verdict, now)
  return [
    make('PodReadyToStartContainers', {
      status: podIP !== undefined && phase !== 'Succeeded' && phase !== 'Failed',
    }),
    make('Initialized', initialized),
    make('Ready', readyVerdict(pod, containersReady)),
    make('ContainersReady', containersReady),
    scheduled ?? make('PodScheduled', { status: true }),
    ...foreign(pod),
  ]
}

const OWN = new Set(['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'])

/** Readiness gates and the like are others' to write. */
function foreign(pod: Pod): PodCondition[] {
  return (pod.status?.conditions ?? []).filter((one) => !OWN.has(one.type))
}

function initializedVerdict(inits: readonly ContainerView[], phase: string): Verdict {
  const incomplete = inits.filter((init) => !isInitialized(init)).map((init) => init.spec.name)
  if (incomplete.length === 0)
    return phase === 'Succeeded' ? { status: true, reason: 'PodCompleted' } : { status: true }
  const message = `containers with incomplete status: [${incomplete.join(' ')}]`
  return { status: false, reason: 'ContainersNotInitialized', message }
}

function containersVerdict(containers: readonly ContainerView[], phase: string): Verdict {
  if (phase === 'Succeeded') return { status: false, reason: 'PodCompleted' }
  const unready = containers.filter((one) => !isContainerReady(one)).map((one) => one.spec.name)
  if (unready.length === 0) return { status: true }
  if (phase === 'Failed') return { status: false, reason: 'PodFailed' }
  const message = `containers with unready status: [${unready.join(' ')}]`
  return { status: false, reason: 'ContainersNotReady', message }
}

function readyVerdict(pod: Pod, containers: Verdict): Verdict {
  if (!containers.status) return containers
  const open = (pod.spec?.readinessGates ?? []).filter(
    (gate) =>
      !pod.status?.conditions?.some((one) => one.type === gate.conditionType && one.status === 'True'),
  )
  if (open.length === 0) return { status: true }
  const message = open
    .map((gate) => `the status of pod readiness gate "${gate.conditionType}" is not "True", but False`)
    .join(', ')
  return { status: false, reason: 'ReadinessGatesNotReady', message }
}

function condition(pod: Pod, type: string, verdict: Verdict, now: Date): PodCondition {
  const status = verdict.status ? 'True' : 'False'
  const old = pod.status?.conditions?.find((one) => one.type === type)
  const { reason, message } = verdict
  return {
    type,
    ...(pod.metadata.generation && { observedGeneration: pod.metadata.generation }),
    status,
    lastTransitionTime: old?.status === status ? (old.lastTransitionTime ?? timestamp(now)) : timestamp(now),
    ...(reason && { reason }),
    ...(message && { message }),
  }
}
