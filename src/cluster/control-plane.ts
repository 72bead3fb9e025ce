import { messageOf } from '../base/errors.ts'
import { createApiServer, type ApiServer } from '../kube/api/api-server.ts'
import { startControllers } from '../kube/controllers/start-controllers.ts'
import { createPodAccess } from '../kube/kubelet/pod-access.ts'
import { createRegistry } from '../kube/registry/registry.ts'
import { startScheduler } from '../kube/scheduler/scheduler.ts'
import { loadSchema } from '../kube/schema/schema.ts'
import type { InsideMachines } from '../machine/driver.ts'
import { nodesOf } from '../machine/topology.ts'
import { installAddons, whenDnsAnswers } from './addons.ts'
import { log } from './log.ts'
import { serveManagement } from './management-server.ts'
import { NodeServices, sharedServices } from './node-services.ts'
import { isReady, Readiness } from './readiness.ts'
import { CLUSTER_DEFAULTS, readSpec, type ControlPlaneSpec } from './spec.ts'

/**
 * How long a node may be silent, and pods may stay on it after that. Upstream waits 50 s and 300 s; a learner who kills a
 * node wants to see the end of the story. Written as --node-monitor-grace-period and --default-…-toleration-seconds would.
 */
const NODE_GRACE_MS = 6000
const TOLERATION_SECONDS = 10

/** What the last condition of being ready is called: without a network, DNS can only be asked for. */
const ADDONS = { flannel: 'DNS', calico: 'DNS', none: 'add-ons' } as const

/** The control plane program: everything of Kubernetes that a lab runs, in one process, as k3s has it. Never returns. */
export async function runControlPlane(specFile: string, openMachines: () => InsideMachines): Promise<void> {
  process.on('uncaughtException', (error) => log('error', 'uncaught', error.stack ?? messageOf(error)))
  process.on('unhandledRejection', (reason) =>
    log('error', 'unhandled', reason instanceof Error ? (reason.stack ?? '') : String(reason)),
  )
  const spec = await readSpec(specFile)
  const machines = openMachines()
  const nodeNames = nodesOf(spec.topology).map((machine) => machine.name)
  const readiness = new Readiness([...nodeNames, ADDONS[spec.podNetwork.kind]])

  const api = createApiServer({
    registry: createRegistry({ tolerationSeconds: TOLERATION_SECONDS }),
    schema: loadSchema(),
  })
  const shared = sharedServices(api, spec)
  const nodes = nodeNames.map((name) => new NodeServices({ name, spec, machines, shared, readiness }))
  api.podAccess = createPodAccess(shared.kubelets, api.client)
  const isOpen = spec.podNetwork.kind === 'flannel'
  serveManagement(api, { readiness, nodes, podAccess: api.podAccess, isOpen })
  await api.listenUnix(spec.socket)
  readiness.phase('API server answers')

  try {
    await bringUp({ api, spec, nodes, readiness })
  } catch (thrown) {
    log('error', 'start', thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown))
    readiness.failed('KNET_CONTROL_PLANE_FAILED', `The control plane could not start: ${messageOf(thrown)}.`)
  }
}

interface ControlPlane {
  readonly api: ApiServer
  readonly spec: ControlPlaneSpec
  readonly nodes: readonly NodeServices[]
  readonly readiness: Readiness
}

async function bringUp(plane: ControlPlane): Promise<void> {
  const { api, spec, nodes, readiness } = plane
  const { podNetwork } = spec
  const started = Promise.all(nodes.map((node) => startNode(node, plane)))
  startLoops(api, spec)
  await Promise.all([listenTls(api, spec), started, installAddons(api.clientFor('k3s'), podNetwork)])
  if (podNetwork.kind !== 'none') await whenDnsAnswers(api, nodes, readiness)
  readiness.done(ADDONS[podNetwork.kind])
}

/** A node with a network has to be Ready as the API sees it; one without can only be there. */
async function startNode(node: NodeServices, { spec, readiness }: ControlPlane): Promise<void> {
  const hasNetwork = spec.podNetwork.kind !== 'none'
  const seen = node.seenAs(hasNetwork ? isReady : () => true)
  await node.start()
  await seen
  readiness.phase(hasNetwork ? 'node Ready' : 'node registered', node.name)
  readiness.done(node.name)
}

/** For the host's kubectl on the inherited socket; for pods and nodes on this machine's own address. */
async function listenTls(api: ApiServer, spec: ControlPlaneSpec): Promise<void> {
  const { token } = spec
  const { certificate, key } = spec.certificates
  await Promise.all([
    api.listenTls({ fd: spec.hostListenerFd, certificate, key, token }),
    api.listenTls({ host: '0.0.0.0', port: CLUSTER_DEFAULTS.apiPort, certificate, key, token }),
  ])
}

function startLoops(api: ApiServer, spec: ControlPlaneSpec): void {
  const address = spec.topology.machines.find((machine) => machine.name === spec.apiMachine)?.address ?? ''
  const onError = (controller: string, key: string, error: unknown) =>
    log('warn', `${controller} ${key}`, messageOf(error))
  startControllers({
    client: api.clientFor('kube-controller-manager'),
    onError,
    config: {
      podCIDR: spec.podNetwork.podCIDR,
      nodeMaskSize: 24,
      caCertificate: spec.certificates.ca,
      apiEndpoint: { ip: address, port: CLUSTER_DEFAULTS.apiPort, clusterIP: CLUSTER_DEFAULTS.apiServiceIP },
      nodeGracePeriodMs: NODE_GRACE_MS,
    },
  })
  startScheduler({ client: api.clientFor('kube-scheduler'), onError })
}
