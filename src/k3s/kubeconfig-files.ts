import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Paths } from '../base/paths.ts'
import type { Running } from '../machine/driver.ts'
import { kubeconfigFor } from './kubeconfig.ts'
import { API_PORT, apiOf, nodesIn, type K3sPlan } from './plan.ts'
import { machineOf } from './provision.ts'
import { trouble } from './trouble.ts'

export const kubeconfigPath = (paths: Paths, lab: string): string => join(paths.lab(lab), 'kubeconfig')
export const kubeCachePath = (paths: Paths, lab: string): string => join(paths.lab(lab), 'kube-cache')

/** For this host's kubectl. @throws LabError KNET_K3S where this host can't reach the API. */
export async function writeKubeconfig(
  paths: Paths,
  plan: K3sPlan,
  running: Running,
  config: string,
): Promise<void> {
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
export async function giveKubectl(plan: K3sPlan, running: Running, config: string): Promise<void> {
  const script = 'umask 077; mkdir -p /root/.kube; cat >/root/.kube/config'
  const stdin = kubeconfigFor(config, apiOf(plan))
  await Promise.all(
    nodesIn(plan).map(({ name }) => machineOf(running, name).exec(['/bin/sh', '-c', script], { stdin })),
  )
}
