import type { Container, ContainerState, ContainerStatus } from '../objects.ts'
import { canonicalImage } from './images.ts'

export type Terminated = NonNullable<ContainerState['terminated']>

/** What is known of one container of a pod: what its status is made of. */
export interface ContainerView {
  readonly spec: Container
  state: ContainerState
  lastState: ContainerState
  restartCount: number
  /** Its startup probe has succeeded, or it has none. */
  started: boolean
  /** Its readiness probe holds, or it has none. */
  probedReady: boolean
  id: string | undefined
  imageID: string
}

/** How a container begins; with a status from an earlier kubelet it goes on counting restarts. */
export function newView(
  spec: Container,
  waiting: string,
  before: ContainerStatus | undefined,
): ContainerView {
  const view: ContainerView = {
    spec,
    state: { waiting: { reason: waiting } },
    lastState: {},
    restartCount: 0,
    started: false,
    probedReady: false,
    id: undefined,
    imageID: '',
  }
  if (!before?.containerID) return view
  const { state, containerID, restartCount } = before
  // A container whose end nobody saw: upstream gives 137 and this reason when it is gone from the runtime.
  const lost: Terminated = {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: 'The container could not be located when the pod was terminated',
    ...(state?.running?.startedAt && { startedAt: state.running.startedAt }),
    containerID,
  }
  return { ...view, lastState: { terminated: state?.terminated ?? lost }, restartCount: restartCount + 1 }
}

export const isRunning = (view: ContainerView): boolean => view.state.running !== undefined

export function isContainerReady(view: ContainerView): boolean {
  return isRunning(view) && view.started && view.probedReady
}

export function statusOf(view: ContainerView, isInit: boolean): ContainerStatus {
  const restartable = !isInit || view.spec.restartPolicy === 'Always'
  const done = view.state.terminated?.exitCode === 0
  return {
    name: view.spec.name,
    state: view.state,
    lastState: view.lastState,
    ready: restartable ? isContainerReady(view) : done,
    restartCount: view.restartCount,
    image: view.id ? canonicalImage(view.spec.image ?? '') : (view.spec.image ?? ''),
    imageID: view.imageID,
    ...(view.id && { containerID: view.id }),
    started: restartable ? isRunning(view) && view.started : false,
  }
}
