import type { ContainerState, ContainerStatus, Pod } from '../../objects.ts'
import { timeSince } from '../human-duration.ts'

/** What `kubectl get pods` says of a pod's containers. */
export interface PodSummary {
  /** READY: "1/2". */
  readonly ready: string
  /** STATUS: Running, ContainerCreating, CrashLoopBackOff, Init:0/1, Terminating, … */
  readonly reason: string
  /** RESTARTS: "0", or "3 (5s ago)". */
  readonly restarts: string
}

/** Restarts so far, and when the last one was. */
interface Restarts {
  readonly count: number
  readonly last: string
}

const NONE: Restarts = { count: 0, last: '' }
const UNREACHABLE = 'NodeLost'

function plus(restarts: Restarts, status: ContainerStatus): Restarts {
  const finished = status.lastState?.terminated?.finishedAt ?? ''
  const last = Date.parse(finished) > Date.parse(restarts.last || '0') ? finished : restarts.last
  return { count: restarts.count + status.restartCount, last }
}

function exitText({ signal, exitCode }: NonNullable<ContainerState['terminated']>): string {
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`
}

function hasCondition({ status }: Pod, type: string): boolean {
  return (
    status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false
  )
}

interface InitPhase {
  /** "Init:…" while init containers have work to do. */
  readonly reason: string | undefined
  readonly readySidecars: number
  readonly restarts: Restarts
  readonly sidecarRestarts: Restarts
}

function initReason({ state }: ContainerStatus, index: number, total: number): string {
  const { terminated, waiting } = state ?? {}
  if (terminated) return `Init:${terminated.reason || exitText(terminated)}`
  if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`
  return `Init:${index}/${total}`
}

/** Looks through the init containers up to the first that is not done. Sidecars are those that restart always. */
function initPhase({ spec, status }: Pod): InitPhase {
  const containers = spec?.initContainers ?? []
  const sidecars = new Set(
    containers.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  )
  let readySidecars = 0
  let restarts = NONE
  let sidecarRestarts = NONE
  for (const [index, one] of (status?.initContainerStatuses ?? []).entries()) {
    const isSidecar = sidecars.has(one.name)
    restarts = plus(restarts, one)
    if (isSidecar) sidecarRestarts = plus(sidecarRestarts, one)
    const isDone = one.state?.terminated?.exitCode === 0 || (isSidecar && one.started)
    if (!isDone) {
      const reason = initReason(one, index, containers.length)
      return { reason, readySidecars, restarts, sidecarRestarts }
    }
    if (isSidecar && one.started && one.ready) readySidecars++
  }
  return { reason: undefined, readySidecars, restarts, sidecarRestarts }
}

/** The reason of the first container that has one to give. */
function containersReason(statuses: readonly ContainerStatus[]): string | undefined {
  for (const { state } of statuses) {
    if (state?.waiting?.reason) return state.waiting.reason
    if (state?.terminated) return state.terminated.reason || exitText(state.terminated)
  }
  return undefined
}

function phaseReason({ status }: Pod): string {
  const gated = status?.conditions?.some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  )
  return gated ? 'SchedulingGated' : status?.reason || status?.phase || ''
}

function deletionReason({ metadata, status }: Pod): string | undefined {
  if (!metadata.deletionTimestamp) return undefined
  if (status?.reason === UNREACHABLE) return 'Unknown'
  const isOver = status?.phase === 'Succeeded' || status?.phase === 'Failed'
  return isOver ? undefined : 'Terminating'
}

/** As upstream's printPod (pkg/printers/internalversion). */
export function podSummary(pod: Pod, now: Date): PodSummary {
  const init = initPhase(pod)
  const initializing = init.reason !== undefined && !hasCondition(pod, 'Initialized')
  const statuses = initializing ? [] : (pod.status?.containerStatuses ?? [])
  const running = statuses.filter(({ ready, state }) => ready && state?.running).length
  let reason = containersReason(statuses) ?? init.reason ?? phaseReason(pod)
  // One container is done, another still runs.
  if (reason === 'Completed' && running > 0) reason = hasCondition(pod, 'Ready') ? 'Running' : 'NotReady'
  const sidecars = pod.spec?.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always') ?? []
  const total = (pod.spec?.containers.length ?? 0) + sidecars.length
  const { count, last } = initializing ? init.restarts : statuses.reduce(plus, init.sidecarRestarts)
  return {
    ready: `${running + init.readySidecars}/${total}`,
    reason: deletionReason(pod) ?? reason,
    restarts: count && last ? `${count} (${timeSince(last, now)} ago)` : String(count),
  }
}
