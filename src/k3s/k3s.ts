import { randomBytes } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Paths } from '../base/paths.ts'
import type { Bringing, Cluster, ClusterKind } from '../cluster/cluster.ts'
import type { PodNetwork } from '../cluster/spec.ts'
import { createHttpClient } from '../kube/http-client.ts'
import type { Running, SharedFile } from '../machine/driver.ts'
import { nodesOf } from '../machine/topology.ts'
import type { K3sAssets, K3sFiles } from './assets.ts'
import { writeBaseline } from './baseline.ts'
import { accessIn, kubeconfigFor, serverIn } from './kubeconfig.ts'
import { API_PORT, apiOf, nodesIn, planOf, type K3sPlan } from './plan.ts'
import { podMachine } from './pod-machine.ts'
import { machineOf, provision, stopwatch } from './provision.ts'
import { serverConfig, whenReady } from './readiness.ts'
import { heal, restore } from './heal.ts'
import { readK3sRecord, writeK3sRecord } from './record.ts'
import { K3S_BIN } from './setup-script.ts'
import { backUp, takeSnapshot } from './snapshot.ts'
import { trouble } from './trouble.ts'

export interface K3sOptions {
  readonly paths: Paths
  readonly podNetwork: PodNetwork
  readonly assets: K3sAssets
}

/** Real Kubernetes, of real machines: k3s' server on the first node, agents on the others. */
export function k3s(options: K3sOptions): ClusterKind {
  return {
    up: (bringing) => up(options, bringing),
    open: (running) => open(options, running),
    // Machines of a lab that comes up can't be found yet: what is found is ready.
    whenReady: async () => {},
  }
}

async function up(options: K3sOptions, bringing: Bringing) {
  const { paths, assets, podNetwork } = options
  const { driver, topology, onProgress = () => {}, signal } = bringing
  const files = await assets.k3s({ onProgress, signal })
  const lab = topology.name
  const running = await driver.up(topology, {
    files: bringing.files ?? [],
    shared: sharedFiles(files),
    published: nodesOf(topology)
      .slice(0, 1)
      .map(({ name }) => ({ machine: name, port: API_PORT })),
    storage: ['/var/lib/rancher', '/var/lib/kubelet'],
    prepare: () => writeK3sRecord(paths, lab, { token: randomBytes(16).toString('hex') }),
    onPhase: bringing.onPhase,
    onCommand: bringing.onCommand,
    onProgress,
    signal,
  })
  try {
    const plan = planOf(running.topology, podNetwork, tokenOf(paths, lab))
    return { running, cluster: await clusterUp(options, bringing, running, plan) }
  } catch (thrown) {
    await driver.down(lab)
    throw thrown
  }
}

async function clusterUp(
  options: K3sOptions,
  { onPhase, signal }: Bringing,
  running: Running,
  plan: K3sPlan,
): Promise<Cluster> {
  const { paths } = options
  const say = stopwatch(onPhase)
  const waiting = { plan, running, say, signal }
  const server = machineOf(running, plan.server.name)
  const isNew = await provision({ ...waiting, manifests: new Map() })
  const config = await serverConfig(waiting)
  await Promise.all([writeKubeconfig(paths, plan, running, config), giveKubectl(plan, running, config)])
  const cluster = await open(options, running)
  await whenReady(waiting, cluster.kube)
  await Promise.all(nodesIn(plan).map(({ name }) => writeBaseline(machineOf(running, name))))
  if (isNew) {
    await takeSnapshot(server)
    await backUp(server, paths, running.topology.name)
    say('as it is now it can be had again')
  }
  return cluster
}

function tokenOf(paths: Paths, lab: string): string {
  const token = readK3sRecord(paths, lab)?.token
  if (token === undefined) throw trouble(`The machines of ${lab} are not those of a cluster.`)
  return token
}

/** Where k3s looks for images before it asks a registry. */
const IMAGES = '/var/lib/rancher/k3s/agent/images'

function sharedFiles({ bin, images }: K3sFiles): SharedFile[] {
  return [
    { source: bin, target: K3S_BIN, executable: true },
    ...images.map((source) => ({ source, target: `${IMAGES}/${basename(source)}` })),
  ]
}

const kubeconfigPath = (paths: Paths, lab: string): string => join(paths.lab(lab), 'kubeconfig')
const kubeCachePath = (paths: Paths, lab: string): string => join(paths.lab(lab), 'kube-cache')

async function writeKubeconfig(paths: Paths, plan: K3sPlan, running: Running, config: string): Promise<void> {
  const { name } = running.topology
  const at = await running.reach?.({ machine: plan.server.name, port: API_PORT })
  if (at === undefined) {
    throw trouble(`The API of ${name} can't be reached from here: its machines are on another host.`)
  }
  await Promise.all([
    writeFile(kubeconfigPath(paths, name), kubeconfigFor(config, `https://${at}`), { mode: 0o600 }),
    // It is sorted by address, and a cluster that was made anew has other kinds.
    rm(kubeCachePath(paths, name), { recursive: true, force: true }),
  ])
}

/** kubectl works on all nodes: k3s itself sees to that on its server only. */
async function giveKubectl(plan: K3sPlan, running: Running, config: string): Promise<void> {
  const script = 'umask 077; mkdir -p /root/.kube; cat >/root/.kube/config'
  const stdin = kubeconfigFor(config, apiOf(plan))
  await Promise.all(
    nodesIn(plan).map(({ name }) => machineOf(running, name).exec(['/bin/sh', '-c', script], { stdin })),
  )
}

async function open(options: K3sOptions, running: Running): Promise<Cluster> {
  const { paths, podNetwork } = options
  const { name: lab } = running.topology
  const kubeconfig = kubeconfigPath(paths, lab)
  const config = await readFile(kubeconfig, 'utf8')
  const kube = createHttpClient({ server: serverIn(config), ...accessIn(config) })
  const healing = (signal = new AbortController().signal) => {
    const plan = planOf(running.topology, podNetwork, tokenOf(paths, lab))
    return { plan, running, manifests: new Map<string, string>(), paths, kube, say: () => {}, signal }
  }
  return {
    kube,
    kubeconfig,
    kubectlEnv: { KUBECONFIG: kubeconfig, KUBECACHEDIR: kubeCachePath(paths, lab) },
    pod: (namespace, name, container) => podMachine(kube, running, { namespace, name, container }),
    heal: (signal) => heal(healing(signal)),
    restore: (signal) => restore(healing(signal)),
  }
}
