import { ApiError } from '../kube/client.ts'
import { CalicoError } from './calico-error.ts'
import { NoConnection } from './connection.ts'
import { customResources } from './store/custom-resources.ts'
import { textOption, type Call, type Cluster } from './verb.ts'

/** The version of Calico that this stands in for. */
export const VERSION = 'v3.23.5'

const INFORMATION = '/apis/crd.projectcalico.org/v1/clusterinformations/default'

/** The cluster that a call is about. @throws NoConnection */
export function clusterOf(call: Call): Cluster {
  return call.around.connect({ config: textOption(call, 'config'), context: textOption(call, 'context') })
}

/** A cluster of another version of Calico is not touched. Where there is no way to it, whoever wants one hears of that. */
export async function checkVersion(call: Call): Promise<void> {
  if (call.options['allowVersionMismatch'] === true) return
  const override = 'Use --allow-version-mismatch to override.\n'
  const version = await versionOf(call).catch((thrown: unknown) => {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    throw new CalicoError(`Unable to get Cluster Information to verify version mismatch: ${why}\n${override}`)
  })
  const cluster = version?.split('-')[0]
  if (!cluster || cluster === VERSION) return
  throw new CalicoError(
    `Version mismatch.\nClient Version:   ${VERSION}\nCluster Version:  ${cluster}\n${override}`,
  )
}

async function versionOf(call: Call): Promise<string | undefined> {
  const cluster = clusterUnlessNone(call)
  const information = cluster && (await informationOf(cluster))
  const version = information?.spec['calicoVersion']
  return typeof version === 'string' ? version : undefined
}

function clusterUnlessNone(call: Call): Cluster | undefined {
  try {
    return clusterOf(call)
  } catch (thrown) {
    if (thrown instanceof NoConnection) return undefined
    throw thrown
  }
}

/** What the cluster says of itself; undefined when it says nothing. */
export async function informationOf(cluster: Cluster) {
  try {
    return await customResources(cluster.client, 'ClusterInformation').get({ name: 'default' })
  } catch (thrown) {
    if (thrown instanceof CalicoError && thrown.reason === 'missing') return undefined
    const trouble = thrown instanceof ApiError ? undefined : cluster.trouble(thrown, INFORMATION)
    throw trouble === undefined ? thrown : new CalicoError(trouble)
  }
}
