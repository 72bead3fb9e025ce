import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { join } from 'node:path'
import { LabError } from '../base/errors.ts'
import type { Paths } from '../base/paths.ts'
import { until } from '../base/until.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Driver, MachineFile, Phase, Running, UpOptions } from '../machine/driver.ts'
import { nodesOf, type Topology } from '../machine/topology.ts'
import { managementClient, type ManagementClient } from './management-client.ts'
import { CLUSTER_DEFAULTS, type ControlPlaneSpec, type PodNetwork } from './spec.ts'

/** A running Kubernetes and the ways to reach it from the host. */
export interface Cluster {
  readonly kube: KubeClient
  readonly management: ManagementClient
  /** File for kubectl's KUBECONFIG. */
  readonly kubeconfig: string
  /** The environment that makes the host's kubectl this cluster's, and keeps what it caches out of the user's ~/.kube. */
  readonly kubectlEnv: Readonly<Record<string, string>>
}

/** What a lab runs on: machines and, where the lab has one, a cluster on them. */
export interface Environment {
  readonly name: string
  readonly running: Running
  readonly cluster: Cluster | undefined
}

export interface EnvironmentOptions {
  /** Of knet-labs itself: what nodes report as their runtime's. */
  readonly version: string
  readonly driver: Driver
  readonly paths: Paths
  readonly topology: Topology
  /** Absent for labs that have machines only. */
  readonly podNetwork: PodNetwork | undefined
  /** On every machine, besides a kubeconfig where there is a cluster. */
  readonly files?: readonly MachineFile[]
  /** argv that runs the control plane program, given the spec's file as its last argument. */
  readonly controlPlane: readonly string[]
  readonly onPhase: (phase: Phase) => void
  readonly onCommand?: UpOptions['onCommand']
  readonly onProgress?: UpOptions['onProgress']
  readonly signal: AbortSignal
}

/** Seconds that bringing a cluster up may take before we call it stuck: far beyond any slow machine. */
const READY_DEADLINE_MS = 60_000

const socketPath = (paths: Paths, name: string) => join(paths.run(name), 'api.sock')
const kubeconfigPath = (paths: Paths, name: string) => join(paths.lab(name), 'kubeconfig')
/** Not below `run/`: what is inside can write there, and kubectl on the host follows links. */
const kubeCachePath = (paths: Paths, name: string) => join(paths.lab(name), 'kube-cache')
export const controlPlaneLog = (paths: Paths, name: string): string =>
  join(paths.lab(name), 'control-plane.log')

/**
 * Brings a lab's environment up. It dies with this process, however that ends, until `running.keep()`.
 * @throws LabError when the machines or the control plane don't come up; nothing is left behind then.
 */
export async function createEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const { driver, topology, podNetwork, onPhase, onCommand, onProgress, signal } = options
  const files = options.files ?? []
  if (!podNetwork) {
    const running = await driver.up(topology, { files, onPhase, onCommand, onProgress, signal })
    return { name: topology.name, running, cluster: undefined }
  }
  const listener = await listenOnLoopback()
  try {
    const plan = await planCluster(options, podNetwork, listener)
    const running = await driver.up(topology, {
      companion: {
        argv: [...options.controlPlane, plan.specFile],
        machine: apiMachine(topology),
        inherit: [listener],
        logFile: controlPlaneLog(options.paths, topology.name),
      },
      files: [...files, { path: 'root/.kube/config', content: plan.kubeconfigInside }],
      prepare: () => plan.write(),
      onPhase,
      onCommand,
      onProgress,
      signal,
    })
    return { name: topology.name, running, cluster: await clusterUp(options) }
  } finally {
    listener.close()
  }
}

async function clusterUp(options: EnvironmentOptions): Promise<Cluster> {
  try {
    await controlPlaneUp(options)
    const cluster = await openCluster(options.paths, options.topology.name)
    await whenReady(options, cluster)
    return cluster
  } catch (thrown) {
    await options.driver.down(options.topology.name)
    throw thrown
  }
}

/** The environment of a lab that is up, or undefined. */
export async function findEnvironment(
  driver: Driver,
  paths: Paths,
  name: string,
  hasCluster: boolean,
): Promise<Environment | undefined> {
  const running = await driver.find(name)
  if (!running) return undefined
  return { name, running, cluster: hasCluster ? await openCluster(paths, name) : undefined }
}

/** What it takes to wait for a cluster that somebody starts. */
type Waiting = Pick<EnvironmentOptions, 'driver' | 'paths' | 'topology' | 'onPhase' | 'signal'>

/**
 * The environment of a lab that is up, or that another program is bringing up at this moment: then this waits with it.
 * @throws LabError as createEnvironment, when what was coming up does not.
 */
export async function joinEnvironment(
  options: Waiting,
  hasCluster: boolean,
): Promise<Environment | undefined> {
  const { driver, paths, topology } = options
  const found = await findEnvironment(driver, paths, topology.name, hasCluster)
  if (!found?.cluster) return found
  await controlPlaneUp(options)
  await whenReady(options, found.cluster)
  return found
}

async function openCluster(paths: Paths, name: string): Promise<Cluster> {
  const { createHttpClient } = await import('../kube/http-client.ts')
  const socket = socketPath(paths, name)
  const kubeconfig = kubeconfigPath(paths, name)
  return {
    kube: createHttpClient({ socketPath: socket }),
    management: managementClient(socket),
    kubeconfig,
    kubectlEnv: { KUBECONFIG: kubeconfig, KUBECACHEDIR: kubeCachePath(paths, name) },
  }
}

/** The control plane shares the first machine's network, as k3s' server runs on node0. */
function apiMachine(topology: Topology): string {
  const [first] = nodesOf(topology)
  if (!first) throw new Error(`${topology.name} has no nodes`)
  return first.name
}

/** A socket of the host's own network, served from inside the sandbox: the holder inherits its descriptor. */
async function listenOnLoopback(): Promise<Server> {
  const server = createServer().listen({ host: '127.0.0.1', port: 0, backlog: 128 })
  await once(server, 'listening')
  return server
}

interface ClusterPlan {
  readonly specFile: string
  /** For kubectl on the machines. */
  readonly kubeconfigInside: string
  /** Writes spec and kubeconfig: not before it is sure that no other process brings this lab up. */
  write(): Promise<void>
}

/** Certificates, token, kubeconfigs and spec. */
async function planCluster(
  { paths, topology, version }: EnvironmentOptions,
  podNetwork: PodNetwork,
  listener: Server,
): Promise<ClusterPlan> {
  const { ensureCertificates, kubeconfig } = await import('../kube/api/pki.ts')
  const { name } = topology
  const nodes = nodesOf(topology)
  const certificates = await ensureCertificates(paths.pki, {
    names: nodes.map((node) => node.name),
    addresses: nodes.map((node) => node.address),
  })
  const token = randomBytes(24).toString('base64url')
  const { port } = listener.address() as AddressInfo
  const spec: ControlPlaneSpec = {
    version,
    topology,
    apiMachine: apiMachine(topology),
    podNetwork,
    token,
    certificates,
    socket: socketPath(paths, name),
    hostListenerFd: 3,
  }
  const specFile = join(paths.run(name), 'control-plane.json')
  const configFor = (server: string) => kubeconfig({ name, server, ca: certificates.ca, token })
  return {
    specFile,
    kubeconfigInside: configFor(`https://${nodes[0]?.address}:${CLUSTER_DEFAULTS.apiPort}`),
    async write() {
      await Promise.all([
        writeFile(specFile, JSON.stringify(spec), { mode: 0o600 }),
        writeFile(kubeconfigPath(paths, name), configFor(`https://127.0.0.1:${port}`), { mode: 0o600 }),
        // It is sorted by address, and every start has a new port.
        rm(kubeCachePath(paths, name), { recursive: true, force: true }),
      ])
    },
  }
}

/** A socket that takes a connection is the control plane's first sign of life: it is there a moment before it does. */
async function controlPlaneUp({ driver, paths, topology, signal }: Waiting): Promise<void> {
  const socket = socketPath(paths, topology.name)
  const look = async () => {
    if (await answers(socket)) return true
    if (await driver.find(topology.name)) return false
    throw new LabError('KNET_CONTROL_PLANE_FAILED', {
      message: 'The control plane ended while it was starting.',
      hint: `Read ${controlPlaneLog(paths, topology.name)}, then start again.`,
    })
  }
  await until(look, {
    what: 'the control plane',
    deadlineMs: READY_DEADLINE_MS,
    everyMs: 2,
    maxEveryMs: 8,
    signal,
  })
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath)
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

async function whenReady({ paths, topology, onPhase, signal }: Waiting, cluster: Cluster): Promise<void> {
  const log = controlPlaneLog(paths, topology.name)
  // Not AbortSignal.timeout in AbortSignal.any: Node 20 may collect it as garbage, and then it never comes.
  const deadline = new AbortController()
  const end = () => deadline.abort()
  const timer = setTimeout(end, READY_DEADLINE_MS)
  signal.addEventListener('abort', end, { once: true })
  let waitingFor: readonly string[] = []
  try {
    for await (const event of cluster.management.ready(deadline.signal)) {
      if (event.type === 'ready') return
      if (event.type === 'waiting') waitingFor = event.for
      if (event.type === 'phase')
        onPhase({ name: event.name, ms: event.ms, ...(event.node ? { machine: event.node } : {}) })
      if (event.type === 'failed') {
        throw new LabError(event.code, { message: event.message, hint: `The whole story is in ${log}` })
      }
    }
  } catch (thrown) {
    signal.throwIfAborted()
    if (!deadline.signal.aborted) throw thrown
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
  throw new LabError('KNET_NOT_READY', {
    message: `The cluster did not become ready; still waiting for ${waitingFor.join(', ') || 'its control plane'}.`,
    hint: `Read ${log}, then start again.`,
  })
}
