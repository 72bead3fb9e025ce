import { join } from 'node:path'
import type { Paths } from '../base/paths.ts'
import type { ClusterKind } from '../cluster/cluster.ts'
import { smallKubernetes } from '../cluster/small-kubernetes.ts'
import type { PodNetwork } from '../cluster/spec.ts'
import type { Lab } from '../lab/lab.ts'
import type { Driver } from '../machine/driver.ts'
import { packageRoot, version } from './version.ts'

export interface ClusterKinds {
  readonly paths: Paths
  /** The control plane program of the small Kubernetes (control-plane.ts). */
  readonly controlPlane: string
  readonly env: NodeJS.ProcessEnv
}

/**
 * The Kubernetes that a lab has on machines of a driver: the small one in the sandbox, k3s on any other; undefined for labs that have
 * machines only.
 */
export async function clusterKind(
  { paths, controlPlane, env }: ClusterKinds,
  lab: Lab,
  driver: Driver,
): Promise<ClusterKind | undefined> {
  const podNetwork = POD_NETWORKS[lab.cluster]
  if (!podNetwork) return undefined
  if (driver.name !== 'sandbox') {
    const [{ k3s }, { clusterAssets }, { archOf, assetsOf }] = await Promise.all([
      import('../k3s/k3s.ts'),
      import('./cluster-assets.ts'),
      import('../assets/assets.ts'),
    ])
    return k3s({
      paths,
      podNetwork,
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
