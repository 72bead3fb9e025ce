import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MachineFile } from '../machine/driver.ts'
import { findProgram } from '../machine/packages.ts'
import { NODE_BINARY, programInside } from '../machine/places.ts'
import type { ClusterName } from './cluster-kind.ts'
import { calicoctlProgram } from './compose.ts'

/** Where calicoctl looks for how to reach its cluster before it looks anywhere else. */
const CONFIG = 'etc/calico/calicoctl.cfg'

/**
 * calicoctl on machines: told where the cluster is; and ours beside our own Kubernetes, where our programs are, unless the host's own can be seen
 * from there.
 */
export function calicoctlFiles(cluster: ClusterName): MachineFile[] {
  const config = { path: CONFIG, content: configFor('/root/.kube/config') }
  if (cluster === 'k3s' || findProgram('calicoctl', '')) return [config]
  const content = `#!/bin/sh\nexec ${NODE_BINARY} --use-openssl-ca ${programInside(calicoctlProgram())} "$@"\n`
  return [config, { path: 'opt/knet/bin/calicoctl', content, executable: true }]
}

/**
 * calicoctl on the host: the learner's own, else ours. It is told of the lab's cluster by a file, because one in /etc, of
 * another cluster, would come before the environment. @param folder the lab's, for that file
 */
export function calicoctlOnHost(
  args: readonly string[],
  { folder, kubeconfig, path }: { folder: string; kubeconfig: string; path: string },
): string[] {
  const own = findProgram('calicoctl', path)
  const program = own ? [own] : [process.execPath, calicoctlProgram()]
  if (!takesConfig(args)) return [...program, ...args]
  const file = join(folder, 'calicoctl.cfg')
  writeFileSync(file, configFor(kubeconfig), { mode: 0o600 })
  return [...program, ...args, `--config=${file}`]
}

/** All commands do that ask the cluster, but where help is asked for. */
function takesConfig(args: readonly string[]): boolean {
  const verb = args.find((word) => !word.startsWith('-'))
  const isOwn = args.some((word) => /^(-c|--config(=.*)?|-h|--help|--version)$/.test(word))
  return verb !== undefined && verb !== 'node' && !isOwn
}

const configFor = (kubeconfig: string) => `apiVersion: projectcalico.org/v3
kind: CalicoAPIConfig
metadata:
spec:
  datastoreType: kubernetes
  kubeconfig: ${JSON.stringify(kubeconfig)}
`
