import { LabError } from '../base/errors.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Environment } from '../cluster/environment.ts'

/** @throws LabError KNET_NO_CLUSTER for labs of machines only. */
export function requireCluster(environment: Environment): Cluster {
  if (environment.cluster) return environment.cluster
  throw new LabError('KNET_NO_CLUSTER', {
    message: `The lab ${environment.name} has machines but no Kubernetes.`,
    hint: 'knet-labs start flannel      (a lab with a cluster)',
  })
}
