import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Paths } from '../base/paths.ts'
import type { Running } from '../machine/driver.ts'
import { kubeconfigFor } from './kubeconfig.ts'
import { apiOf, nodesIn, type K3sPlan } from './plan.ts'
import { machineOf } from './provision.ts'

export const kubeconfigPath = (paths: Paths, lab: string): string => join(paths.lab(lab), 'kubeconfig')
export const kubeCachePath = (paths: Paths, lab: string): string => join(paths.lab(lab), 'kube-cache')

/** For this host's kubectl. @param config k3s' own @param url where the API is for this host */
export async function writeKubeconfig(
  paths: Paths,
  lab: string,
  { config, url }: { config: string; url: string },
): Promise<void> {
  await Promise.all([
    writeFile(kubeconfigPath(paths, lab), kubeconfigFor(config, url), { mode: 0o600 }),
    // It is sorted by address, and a cluster that was made anew has other kinds.
    rm(kubeCachePath(paths, lab), { recursive: true, force: true }),
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
