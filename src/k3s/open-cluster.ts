import { readFile } from 'node:fs/promises'
import type { Paths } from '../base/paths.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { PodNetwork } from '../cluster/spec.ts'
import { createHttpClient } from '../kube/http-client.ts'
import type { Running } from '../machine/driver.ts'
import { heal, restore, type Healing } from './heal.ts'
import { kubeCachePath, kubeconfigPath } from './kubeconfig-files.ts'
import { accessIn, serverIn } from './kubeconfig.ts'
import { ownManifests } from './own-manifests.ts'
import { planOf, reachedAt } from './plan.ts'
import { podMachine } from './pod-machine.ts'
import type { Progress } from './progress.ts'
import { tokenOf } from './record.ts'

export interface OpenOptions {
  readonly paths: Paths
  readonly podNetwork: PodNetwork
  /** IP-in-IP as a program in Perl, for machines whose kernel has none. */
  readonly ipip: string
}

const SILENT: Progress = { say: () => {}, done: () => {}, end: () => {} }

/** The cluster of machines that are up, by what was written down when it came up. */
export async function openCluster(
  { paths, podNetwork, ipip }: OpenOptions,
  running: Running,
): Promise<Cluster> {
  const { name: lab } = running.topology
  const kubeconfig = kubeconfigPath(paths, lab)
  const [config, manifests] = await Promise.all([readFile(kubeconfig, 'utf8'), ownManifests(paths, lab)])
  const kube = createHttpClient({ server: serverIn(config), ...accessIn(config) })
  const healing = (signal = new AbortController().signal): Healing => {
    const planned = planOf(running.topology, podNetwork, tokenOf(paths, lab), ipip)
    const plan = reachedAt(planned, serverIn(config))
    return { plan, running, manifests: new Map(), paths, kube, progress: SILENT, signal }
  }
  return {
    kube,
    kubeconfig,
    kubectlEnv: { KUBECONFIG: kubeconfig, KUBECACHEDIR: kubeCachePath(paths, lab) },
    manifests,
    pod: (namespace, name, container) => podMachine(kube, running, { namespace, name, container }),
    heal: (signal) => heal(healing(signal)),
    restore: (signal) => restore(healing(signal)),
  }
}
