import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import { LabError, messageOf } from '../base/errors.ts'
import type { Paths } from '../base/paths.ts'
import type { Bringing, Cluster, ClusterKind } from '../cluster/cluster.ts'
import type { Running, SharedFile } from '../machine/driver.ts'
import { nodesOf } from '../machine/topology.ts'
import type { K3sAssets } from './assets.ts'
import { apiFromHere, whenReachable } from './api-from-here.ts'
import { writeBaseline } from './baseline.ts'
import { CALICO_FILE, obtainCalico, obtainCalicoctl, type CalicoFiles } from './calico.ts'
import { giveKubectl, writeKubeconfig } from './kubeconfig-files.ts'
import { startOf } from './machine-clock.ts'
import { openCluster, type OpenOptions } from './open-cluster.ts'
import { keepCalico, withCalico } from './own-manifests.ts'
import { API_PORT, nodesIn, planOf, reachedAt, type K3sPlan } from './plan.ts'
import { progressOf } from './progress.ts'
import { machineOf, provision } from './provision.ts'
import { serverConfig, whenReady } from './readiness.ts'
import { tokenOf, writeK3sRecord } from './record.ts'
import { K3S_BIN } from './setup-script.ts'
import { backUp, takeSnapshot } from './snapshot.ts'

export interface K3sOptions extends OpenOptions {
  readonly assets: K3sAssets
  /** Path of the manifest of Calico that labs bring for the sandbox. */
  readonly ownCalico: string
}

/** Real Kubernetes, of real machines: k3s' server on the first node, agents on the others. */
export function k3s(options: K3sOptions): ClusterKind {
  return {
    up: (bringing) => up(options, bringing),
    open: (running) => openCluster(options, running),
    // Machines of a lab that comes up can't be found yet: what is found is ready.
    whenReady: async () => {},
  }
}

async function up(options: K3sOptions, bringing: Bringing) {
  const { driver, topology } = bringing
  const { files, calico } = await obtain(options, bringing)
  const running = await machinesUp(options, bringing, files, calico)
  try {
    const token = tokenOf(options.paths, topology.name)
    const planned = planOf(running.topology, options.podNetwork, token, options.ipip)
    const url = await apiFromHere(running, planned)
    const plan = reachedAt(planned, url)
    return { running, cluster: await clusterUp(options, bringing, { running, plan, url, calico }) }
  } catch (thrown) {
    if (!running.halt) {
      await driver.down(topology.name)
      throw thrown
    }
    await running.halt()
    throw thrown instanceof LabError ? leftStopped(thrown, topology.name) : thrown
  }
}

/** What people have done on machines that were there before is not to be lost because they don't come up this time. */
const leftStopped = (cause: LabError, lab: string): LabError =>
  new LabError(cause.code, {
    message: `${cause.message}\nThe machines of ${lab} are stopped, as they were, and keep what you did on them.`,
    hint: `knet-labs start ${lab}      (tries again; knet-labs stop ${lab} removes them, and start makes new ones)`,
    cause,
  })

/** All that is not on this host yet, before anything is made. */
async function obtain({ assets, podNetwork, ownCalico }: K3sOptions, bringing: Bringing) {
  const { onProgress = () => {}, signal } = bringing
  const options = { onProgress, signal, arch: await bringing.driver.arch?.() }
  const { bin, images } = await assets.k3s(options)
  // A lab that begins without a network installs Calico itself.
  const hasCalico = podNetwork.kind !== 'flannel'
  const calico = hasCalico ? await obtainCalico(assets, ownCalico, podNetwork.podCIDR, options) : undefined
  const calicoctl = hasCalico ? await obtainCalicoctl(assets, options) : undefined
  for (const change of calico?.changed ?? []) onProgress(`Calico's manifest is changed for k3s: ${change}.`)
  const archives = [...new Set([...images, ...(calico?.images ?? [])])]
  const programs = [{ source: bin, target: K3S_BIN, executable: true }, ...(calicoctl ? [calicoctl] : [])]
  return { files: [...programs, ...archives.map(asImage)], calico }
}

/** Where k3s looks for images before it asks a registry. */
const asImage = (source: string): SharedFile => ({
  source,
  target: `/var/lib/rancher/k3s/agent/images/${basename(source)}`,
})

function machinesUp(
  { paths }: K3sOptions,
  bringing: Bringing,
  shared: readonly SharedFile[],
  calico: CalicoFiles | undefined,
): Promise<Running> {
  const { driver, topology, files = [], ...options } = bringing
  const [server] = nodesOf(topology)
  return driver.up(topology, {
    ...options,
    files: withCalico(files, calico),
    shared,
    containers: true,
    storage: ['/var/lib/rancher', '/var/lib/kubelet'],
    published: server ? [{ machine: server.name, port: API_PORT }] : [],
    async prepare() {
      await writeK3sRecord(paths, topology.name, { token: randomBytes(16).toString('hex') })
      if (calico) await keepCalico(paths, topology.name, calico)
    },
  })
}

interface Machines {
  readonly running: Running
  readonly plan: K3sPlan
  /** Where this host reaches the API. */
  readonly url: string
  readonly calico: CalicoFiles | undefined
}

async function clusterUp(
  options: K3sOptions,
  bringing: Bringing,
  { running, plan, url, calico }: Machines,
): Promise<Cluster> {
  const { paths, podNetwork } = options
  const { name } = running.topology
  if (plan.apiHost !== undefined) bringing.onProgress?.(openTo(url))
  const progress = progressOf(plan, bringing)
  try {
    const waiting = { plan, running, progress, signal: bringing.signal }
    const applied = podNetwork.kind === 'calico' && calico ? [[CALICO_FILE, calico.manifest] as const] : []
    const isNew = await provision({ ...waiting, manifests: new Map(applied) })
    const config = await serverConfig(waiting)
    await whenReachable(waiting, url)
    await Promise.all([writeKubeconfig(paths, name, { config, url }), giveKubectl(plan, running, config)])
    const cluster = await openCluster(options, running)
    await whenReady(
      isNew ? waiting : { ...waiting, fresh: await sinceTheirStart(plan, running) },
      cluster.kube,
    )
    await remember(paths, { running, plan }, isNew).catch((thrown: unknown) => {
      bringing.onProgress?.(`${messageOf(thrown)} reset --lab will undo steps, and no more.`)
    })
    return cluster
  } finally {
    progress.end()
  }
}

/** Of what a network gets to see, people are told. */
const openTo = (url: string): string =>
  `The API is at ${url}, for all that reach that host: it wants TLS, and keys or tokens of this lab's cluster.`

/** Of machines that were stopped, the API says what they were. */
async function sinceTheirStart(plan: K3sPlan, running: Running) {
  const since = await startOf(machineOf(running, plan.server.name))
  return { nodes: nodesIn(plan).map(({ name }) => name), since }
}

/** What the cluster is like now is what it can be again. */
async function remember(
  paths: Paths,
  { running, plan }: Pick<Machines, 'running' | 'plan'>,
  isNew: boolean,
): Promise<void> {
  await Promise.all(nodesIn(plan).map(({ name }) => writeBaseline(machineOf(running, name))))
  if (!isNew) return
  const server = machineOf(running, plan.server.name)
  await takeSnapshot(server)
  await backUp(server, paths, running.topology.name)
}
