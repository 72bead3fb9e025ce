import { Duplex } from 'node:stream'
import { ApiError, type KubeClient } from '../client.ts'
import type { Container, Pod } from '../objects.ts'
import type { PodAccess } from '../pod-access.ts'
import { PODS } from '../resources.ts'
import type { ContainerRunner } from './container-runner.ts'
import type { Kubelet } from './kubelet.ts'
import { logText } from './pod-logs.ts'
import type { PodWorker } from './pod-worker.ts'
import type { RunningContainer } from './runtime.ts'

interface PodName {
  readonly namespace: string
  readonly name: string
}

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container'

/**
 * Reaches the containers of all nodes.
 * @param kubelets by node name, and read at every call: a node may get a new kubelet
 */
export function createPodAccess(kubelets: ReadonlyMap<string, Kubelet>, client: KubeClient): PodAccess {
  const find = (name: PodName, container: string | undefined) => locate(kubelets, client, name, container)
  return {
    async exec(name, container, argv, options) {
      const { running } = runningIn(await find(name, container))
      return running.exec(argv, options)
    },
    async attach(name, container, options) {
      const found = await find(name, container)
      const { runner } = found
      // Its output waits for the first client, even when a short command has ended by the time that comes.
      const waited = runner?.view.spec.stdinOnce ? runner.running : undefined
      return (waited ?? runningIn(found).running).attach(options)
    },
    async logs(name, options) {
      const found = await find(name, options.container)
      return logText(loggedInstance(found, options.previous ?? false), options)
    },
    async portForward(name, port) {
      const found = await find(name, undefined)
      return forward(runningIn(found).running, port)
    },
    containerPid(name, container) {
      const found = findWorker(kubelets, name)
      const runner = found?.worker.runners.get(chooseContainer(found.worker.pod, container))
      if (!found) throw refuse(404, 'NotFound', `pods "${name.name}" not found`)
      if (!runner?.running || !runner.isRunning) {
        throw refuse(500, 'InternalError', `pod "${name.name}" has no running container`)
      }
      return { pid: runner.running.pid, node: found.node }
    },
  }
}

interface Found {
  readonly pod: Pod
  readonly container: string
  readonly runner: ContainerRunner | undefined
}

async function locate(
  kubelets: ReadonlyMap<string, Kubelet>,
  client: KubeClient,
  { namespace, name }: PodName,
  asked: string | undefined,
): Promise<Found> {
  const pod = await client.get(PODS, { namespace, name })
  if (!pod) throw refuse(404, 'NotFound', `pods "${name}" not found`)
  const container = chooseContainer(pod, asked)
  const node = pod.spec?.nodeName
  if (!node) throw refuse(400, 'BadRequest', `pod ${name} does not have a host assigned`)
  const kubelet = kubelets.get(node)
  if (!kubelet?.alive) {
    const address = `${kubelet?.node.address ?? node}:10250`
    const message = `error dialing backend: dial tcp ${address}: connect: connection refused`
    throw refuse(500, 'InternalError', message)
  }
  return { pod, container, runner: kubelet.worker({ namespace, name })?.runners.get(container) }
}

/** The container that is meant when none is named. @throws ApiError 400 */
function chooseContainer(pod: Pod, asked: string | undefined): string {
  const { name } = pod.metadata
  const spec = pod.spec ?? { containers: [] }
  const all: Pick<Container, 'name'>[] = [
    ...(spec.initContainers ?? []),
    ...spec.containers,
    ...(spec.ephemeralContainers ?? []),
  ]
  if (asked) {
    if (all.some((container) => container.name === asked)) return asked
    throw refuse(400, 'BadRequest', `container ${asked} is not valid for pod ${name}`)
  }
  const annotated = pod.metadata.annotations?.[DEFAULT_CONTAINER]
  if (annotated) return annotated
  const [first, ...others] = spec.containers
  if (first && others.length === 0) return first.name
  const inits = (spec.initContainers ?? []).map((container) => container.name).join(' ')
  const choices = spec.containers.map((container) => container.name).join(' ')
  const initText = inits ? ` or one of the init containers: [${inits}]` : ''
  const message = `a container name must be specified for pod ${name}, choose one of: [${choices}]${initText}`
  throw refuse(400, 'BadRequest', message)
}

function runningIn({ container, runner, pod }: Found): ContainerRunner & { running: RunningContainer } {
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') {
    const message = `cannot exec into a container in a completed pod; current phase is ${pod.status.phase}`
    throw refuse(500, 'InternalError', message)
  }
  if (runner?.running && runner.isRunning) return runner as ContainerRunner & { running: RunningContainer }
  throw refuse(500, 'InternalError', `unable to upgrade connection: container not found ("${container}")`)
}

/** Upstream: validateContainerLogStatus. */
function loggedInstance({ pod, container, runner }: Found, previous: boolean): RunningContainer {
  const { name, namespace } = pod.metadata
  if (previous) {
    // While it waits to be restarted, the last instance is the previous one.
    const instance = runner?.isRunning ? runner.previous : runner?.running
    if (instance) return instance
    const message = `previous terminated container "${container}" in pod "${name}" not found`
    throw refuse(400, 'BadRequest', message)
  }
  if (runner?.running) return runner.running
  const waiting = runner?.view.state.waiting?.reason ?? 'ContainerCreating'
  const stuck = /^(ErrImage|ImagePull|InvalidImage)/.test(waiting)
  const why = stuck
    ? 'is waiting to start: trying and failing to pull image'
    : `is waiting to start: ${waiting}`
  const where = namespace ? `"${container}" in pod "${name}"` : `"${container}"`
  throw refuse(400, 'BadRequest', `container ${where} ${why}`)
}

function findWorker(
  kubelets: ReadonlyMap<string, Kubelet>,
  name: PodName,
): { node: string; worker: PodWorker } | undefined {
  for (const [node, kubelet] of kubelets) {
    const worker = kubelet.alive ? kubelet.worker(name) : undefined
    if (worker) return { node, worker }
  }
  return undefined
}

/** A connection made inside the pod's network, as the real kubelet's runtime does. */
function forward(running: RunningContainer, port: number): Duplex {
  const { stdin, stdout } = running.exec(['busybox', 'nc', '127.0.0.1', String(port)], {
    stdin: true,
    tty: false,
  })
  return Duplex.from({ writable: stdin, readable: stdout })
}

function refuse(code: number, reason: string, message: string): ApiError {
  return new ApiError({
    apiVersion: 'v1',
    kind: 'Status',
    metadata: {},
    status: 'Failure',
    code,
    reason,
    message,
  })
}
