import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../base/errors.ts'
import { createApiServer, type ApiServer } from '../kube/api/api-server.ts'
import { startControllers } from '../kube/controllers/start-controllers.ts'
import { createPodAccess } from '../kube/kubelet/pod-access.ts'
import { createRegistry } from '../kube/registry/registry.ts'
import { startScheduler } from '../kube/scheduler/scheduler.ts'
import { loadSchema } from '../kube/schema/schema.ts'
import type { InsideMachines } from '../machine/driver.ts'
import { installAddons, whenDnsAnswers } from './addons.ts'
import { log } from './log.ts'
import { serveManagement } from './management-server.ts'
import { NodeServices, sharedServices } from './node-services.ts'
import { Readiness } from './readiness.ts'
import { CLUSTER_DEFAULTS, readSpec, type ControlPlaneSpec } from './spec.ts'

/**
 * How long a node may be silent, and pods may stay on it after that. Upstream waits 50 s and 300 s; a learner who kills a
 * node wants to see the end of the story. Written as --node-monitor-grace-period and --default-…-toleration-seconds would.
 */
const NODE_GRACE_MS = 6000
const TOLERATION_SECONDS = 10

/** The control plane program: everything of Kubernetes that a lab runs, in one process, as k3s has it. Never returns. */
export async function runControlPlane(specFile: string, openMachines: () => InsideMachines): Promise<void> {
  process.on('uncaughtException', (error) => log('error', 'uncaught', error.stack ?? messageOf(error)))
  process.on('unhandledRejection', (reason) =>
    log('error', 'unhandled', reason instanceof Error ? (reason.stack ?? '') : String(reason)),
  )
  const spec = await readSpec(specFile)
  const machines = openMachines()
  const nodeNames = spec.topology.machines.map((machine) => machine.name)
  const hasNetwork = spec.podNetwork.kind !== 'none'
  const readiness = new Readiness([...(hasNetwork ? [...nodeNames, 'DNS'] : nodeNames)])

  const api = createApiServer({
    registry: createRegistry({ tolerationSeconds: TOLERATION_SECONDS }),
    schema: loadSchema(),
  })
  const shared = sharedServices(api, spec)
  const nodes = nodeNames.map((name) => new NodeServices({ name, spec, machines, shared, readiness }))
  api.podAccess = createPodAccess(shared.kubelets, api.client)
  serveManagement(api, { readiness, nodes, podAccess: api.podAccess })
  await api.listenUnix(spec.socket)
  readiness.phase('API server answers')

  for (const node of nodes) hasNetwork && node.onReady(() => readiness.done(node.name))
  const started = Promise.all(nodes.map((node) => node.start()))
  const certificates = await readCertificates(spec)
  startLoops(api, spec, certificates.ca)
  const addons = hasNetwork ? installAddons(api.clientFor('k3s')) : undefined
  await Promise.all([listenTls(api, spec, certificates), started, addons])
  if (hasNetwork) await whenDnsAnswers(api, nodes, readiness)
}

interface CertificateFiles {
  readonly ca: string
  readonly certificate: string
  readonly key: string
}

async function readCertificates({ pki }: ControlPlaneSpec): Promise<CertificateFiles> {
  const [ca, certificate, key] = await Promise.all(
    ['ca.crt', 'server.crt', 'server.key'].map((file) => readFile(join(pki, file), 'utf8')),
  )
  return { ca: ca ?? '', certificate: certificate ?? '', key: key ?? '' }
}

/** For the host's kubectl on the inherited socket; for pods and nodes on this machine's own address. */
async function listenTls(
  api: ApiServer,
  spec: ControlPlaneSpec,
  { certificate, key }: CertificateFiles,
): Promise<void> {
  const { token } = spec
  await Promise.all([
    api.listenTls({ fd: spec.hostListenerFd, certificate, key, token }),
    api.listenTls({ host: '0.0.0.0', port: CLUSTER_DEFAULTS.apiPort, certificate, key, token }),
  ])
}

function startLoops(api: ApiServer, spec: ControlPlaneSpec, caCertificate: string): void {
  const address = spec.topology.machines.find((machine) => machine.name === spec.apiMachine)?.address ?? ''
  const onError = (controller: string, key: string, error: unknown) =>
    log('warn', `${controller} ${key}`, messageOf(error))
  startControllers({
    client: api.clientFor('kube-controller-manager'),
    onError,
    config: {
      podCIDR: CLUSTER_DEFAULTS.podCIDR,
      nodeMaskSize: 24,
      caCertificate,
      apiEndpoint: { ip: address, port: CLUSTER_DEFAULTS.apiPort, clusterIP: CLUSTER_DEFAULTS.apiServiceIP },
      nodeGracePeriodMs: NODE_GRACE_MS,
    },
  })
  startScheduler({ client: api.clientFor('kube-scheduler'), onError })
}
