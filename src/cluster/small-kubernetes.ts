import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import { LabError } from '../base/errors.ts'
import type { Paths } from '../base/paths.ts'
import { answers, listenOnLoopback } from '../base/sockets.ts'
import { until } from '../base/until.ts'
import { within } from '../base/within.ts'
import type { Running } from '../machine/driver.ts'
import { nodesOf, type Topology } from '../machine/topology.ts'
import type { Bringing, Cluster, ClusterKind, Joining } from './cluster.ts'
import { heal, makeAnew } from './heal.ts'
import { managementClient } from './management-client.ts'
import { CLUSTER_DEFAULTS, type ControlPlaneSpec, type PodNetwork } from './spec.ts'

export interface SmallKubernetesOptions {
  /** Of knet-labs itself: what nodes report as their runtime's. */
  readonly version: string
  readonly paths: Paths
  readonly podNetwork: PodNetwork
  /** argv that runs the control plane program, given the spec's file as its last argument. */
  readonly controlPlane: readonly string[]
}

/** Seconds that bringing a cluster up may take before we call it stuck: far beyond any slow machine. */
const READY_DEADLINE_MS = 60_000

const socketPath = (paths: Paths, name: string) => join(paths.run(name), 'api.sock')
const kubeconfigPath = (paths: Paths, name: string) => join(paths.lab(name), 'kubeconfig')
/** Not below `run/`: what is inside can write there, and kubectl on the host follows links. */
const kubeCachePath = (paths: Paths, name: string) => join(paths.lab(name), 'kube-cache')
const controlPlaneLog = (paths: Paths, name: string): string => join(paths.lab(name), 'control-plane.log')

/** The Kubernetes of ours, as a companion program of the machines. */
export function smallKubernetes(options: SmallKubernetesOptions): ClusterKind {
  const { paths } = options
  return {
    up: (bringing) => up(options, bringing),
    open: (running) => open(paths, running),
    async whenReady(joining) {
      await controlPlaneUp(paths, joining)
      await whenReady(paths, joining)
    },
  }
}

async function up(options: SmallKubernetesOptions, bringing: Bringing) {
  const { paths } = options
  const { driver, topology, files = [], onPhase, onCommand, onProgress, signal } = bringing
  const listener = await listenOnLoopback()
  try {
    const plan = await planCluster(options, topology, listener)
    const running = await driver.up(topology, {
      companion: {
        argv: [...options.controlPlane, plan.specFile],
        machine: apiMachine(topology),
        inherit: [listener],
        logFile: controlPlaneLog(paths, topology.name),
      },
      files: [...files, { path: 'root/.kube/config', content: plan.kubeconfigInside }],
      prepare: () => plan.write(),
      onPhase,
      onCommand,
      onProgress,
      signal,
    })
    return { running, cluster: await clusterUp(paths, running, bringing) }
  } finally {
    listener.close()
  }
}

async function clusterUp(paths: Paths, running: Running, bringing: Bringing): Promise<Cluster> {
  try {
    await controlPlaneUp(paths, bringing)
    const cluster = await open(paths, running)
    await whenReady(paths, bringing)
    return cluster
  } catch (thrown) {
    await bringing.driver.down(bringing.topology.name)
    throw thrown
  }
}

async function open(paths: Paths, running: Running): Promise<Cluster> {
  const { createHttpClient } = await import('../kube/http-client.ts')
  const { name } = running.topology
  const socket = socketPath(paths, name)
  const kubeconfig = kubeconfigPath(paths, name)
  const management = managementClient(socket)
  return {
    kube: createHttpClient({ socketPath: socket }),
    kubeconfig,
    kubectlEnv: { KUBECONFIG: kubeconfig, KUBECACHEDIR: kubeCachePath(paths, name) },
    pod: async (namespace, pod, container) => {
      const { pid } = await management.container(namespace, pod, container)
      return running.beside({ pid })
    },
    heal: (signal) => heal(running, management, signal),
    restore: (signal) => makeAnew(running, management, signal),
  }
}

/** The control plane shares the first machine's network, as k3s' server runs on node0. */
function apiMachine(topology: Topology): string {
  const [first] = nodesOf(topology)
  if (!first) throw new Error(`${topology.name} has no nodes`)
  return first.name
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
  { paths, version, podNetwork }: SmallKubernetesOptions,
  topology: Topology,
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
async function controlPlaneUp(paths: Paths, { driver, topology, signal }: Joining): Promise<void> {
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

async function whenReady(paths: Paths, { topology, onPhase, signal }: Joining): Promise<void> {
  const log = controlPlaneLog(paths, topology.name)
  const management = managementClient(socketPath(paths, topology.name))
  let waitingFor: readonly string[] = []
  const late = () =>
    new LabError('KNET_NOT_READY', {
      message: `The cluster did not become ready; still waiting for ${waitingFor.join(', ') || 'its control plane'}.`,
      hint: `Read ${log}, then start again.`,
    })
  await within({ ms: READY_DEADLINE_MS, late, signal }, async (until) => {
    for await (const event of management.ready(until)) {
      if (event.type === 'ready') return
      if (event.type === 'waiting') waitingFor = event.for
      if (event.type === 'phase')
        onPhase({ name: event.name, ms: event.ms, ...(event.node ? { machine: event.node } : {}) })
      if (event.type === 'failed') {
        throw new LabError(event.code, { message: event.message, hint: `The whole story is in ${log}` })
      }
    }
    throw late()
  })
}
