import { CalicoError } from '../calico-error.ts'
import { NoConnection } from '../connection.ts'
import { clusterOf, informationOf, VERSION } from '../open-cluster.ts'
import { CONFIG, MISMATCH, type Verb } from '../verb.ts'

export const version: Verb = {
  name: 'version',
  summary: 'Show what this is, and the version of Calico in the cluster.',
  usage: '[--config=<CONFIG>] [--allow-version-mismatch]',
  options: [CONFIG, MISMATCH],
  async run(call) {
    const { around } = call
    around.print(`Client Version:    ${VERSION} (stand-in of knet-labs)\nGit commit:        none\n`)
    try {
      const information = await informationOf(clusterOf(call))
      if (!information) throw new CalicoError('clusterinformations.crd.projectcalico.org "default" not found')
      const { calicoVersion = 'unknown', clusterType = 'unknown' } = information.spec
      around.print(`Cluster Version:   ${String(calicoVersion)}\nCluster Type:      ${String(clusterType)}\n`)
      return 0
    } catch (thrown) {
      if (thrown instanceof NoConnection) {
        around.print('Unable to detect installed Calico version\n')
        return 0
      }
      if (!(thrown instanceof CalicoError)) throw thrown
      throw new CalicoError(`Unable to retrieve Cluster Version or Type: ${thrown.message}`)
    }
  },
}
