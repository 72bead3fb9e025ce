import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT, LabError } from '../base/errors.ts'
import type { Paths } from '../base/paths.ts'
import type { ClusterKind } from '../cluster/cluster.ts'
import { smallKubernetes } from '../cluster/small-kubernetes.ts'
import type { PodNetwork } from '../cluster/spec.ts'
import type { Lab } from '../lab/lab.ts'
import type { Driver } from '../machine/driver.ts'
import { k3sRecordPath } from '../k3s/record.ts'
import { packageRoot, version } from './version.ts'

/** Kinds of Kubernetes by the names that people ask for them: our own small one, and k3s. */
export const CLUSTERS = ['own', 'k3s'] as const
export type ClusterName = (typeof CLUSTERS)[number]

export interface ClusterKinds {
  readonly paths: Paths
  /** The control plane program of the small Kubernetes (control-plane.ts). */
  readonly controlPlane: string
  readonly env: NodeJS.ProcessEnv
}

/**
 * The name of the Kubernetes that a lab has on machines of a driver: what it has as it runs, or else what is asked for; the sandbox may
 * have either, and has the small one by itself. Others run k3s.
 * @throws LabError KNET_LAB_RUNNING when it runs with another one than is asked for, KNET_USAGE for what there is not.
 */
export async function clusterName(
  paths: Paths,
  lab: string,
  driver: Driver,
  asked?: string,
): Promise<ClusterName> {
  if (asked !== undefined && !CLUSTERS.some((name) => name === asked)) throw noSuchCluster(asked)
  if (driver.name !== 'sandbox') {
    if (asked === 'own') throw onlyInSandbox(driver)
    return 'k3s'
  }
  if (asked === undefined && !existsSync(k3sRecordPath(paths, lab))) return 'own'
  if (!(await driver.find(lab))) return (asked as ClusterName | undefined) ?? 'own'
  const there = existsSync(k3sRecordPath(paths, lab)) ? 'k3s' : 'own'
  if (asked !== undefined && asked !== there) throw otherClusterRuns(lab, there)
  return there
}

/** The Kubernetes of that name that a lab has; undefined for labs that have machines only. */
export async function clusterKind(
  { paths, controlPlane, env }: ClusterKinds,
  lab: Lab,
  name: ClusterName,
): Promise<ClusterKind | undefined> {
  const podNetwork = POD_NETWORKS[lab.cluster]
  if (!podNetwork) return undefined
  if (name === 'k3s') {
    const [{ k3s }, { clusterAssets }, { archOf, assetsOf }, { IPIP_PROGRAM }] = await Promise.all([
      import('../k3s/k3s.ts'),
      import('./cluster-assets.ts'),
      import('../assets/assets.ts'),
      import('../dataplane/calico/tunnel/ipip-program.ts'),
    ])
    return k3s({
      paths,
      podNetwork,
      ipip: IPIP_PROGRAM,
      assets: clusterAssets((arch) => assetsOf({ paths, env, arch: archOf(arch) })),
      ownCalico: join(packageRoot(), 'labs/calico/calico-k3s.yaml'),
    })
  }
  return smallKubernetes({
    version: version(),
    paths,
    podNetwork,
    controlPlane: [process.execPath, controlPlane],
  })
}

function noSuchCluster(asked: string): LabError {
  return new LabError('KNET_USAGE', {
    message: `There is no cluster "${asked}". Clusters: ${CLUSTERS.join(', ')}.`,
    exitCode: EXIT.usage,
  })
}

function onlyInSandbox({ name }: Driver): LabError {
  return new LabError('KNET_USAGE', {
    message: `Our own Kubernetes runs in the sandbox only: with the ${name} driver it is k3s.`,
    hint: 'knet-labs start <lab> --driver sandbox',
    exitCode: EXIT.usage,
  })
}

function otherClusterRuns(lab: string, there: ClusterName): LabError {
  const what = there === 'k3s' ? 'k3s' : 'our own Kubernetes'
  return new LabError('KNET_LAB_RUNNING', {
    message: `The lab ${lab} is there already, with ${what}.`,
    hint: `knet-labs stop ${lab}      (or start it without --cluster)`,
  })
}

const K3S_POD_CIDR = '10.42.0.0/16'
/** The range that Calico's own documentation has. */
const CALICO_POD_CIDR = '192.168.0.0/16'

/** The lab format's words for the network, as the cluster's. */
const POD_NETWORKS: Readonly<Record<Lab['cluster'], PodNetwork | undefined>> = {
  none: undefined,
  'no-network': { kind: 'none', podCIDR: CALICO_POD_CIDR },
  calico: { kind: 'calico', podCIDR: CALICO_POD_CIDR },
  'flannel-vxlan': { kind: 'flannel', backend: 'vxlan', podCIDR: K3S_POD_CIDR },
  'flannel-host-gw': { kind: 'flannel', backend: 'host-gw', podCIDR: K3S_POD_CIDR },
}
