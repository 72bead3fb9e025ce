import { join } from 'node:path'
import { calicoctlOnHost } from '../calicoctl.ts'
import type { Command } from '../command.ts'
import { requireCluster } from '../require-cluster.ts'
import { withLabFiles } from './kubectl.ts'

export const calicoctl: Command = {
  name: 'calicoctl',
  summary: 'run calicoctl on the lab’s cluster',
  arguments: [
    {
      name: '[args...]',
      summary: 'as for calicoctl, the host’s or a stand-in; -f finds the lab’s own manifests too',
    },
  ],
  passThrough: true,
  examples: ['knet-labs calicoctl get ippool -o wide', 'knet-labs calicoctl ipam show --show-blocks'],
  async run(app, { args }) {
    const environment = await app.environment()
    const { kubeconfig } = requireCluster(environment)
    const words = withLabFiles(args, join(app.labsDir, environment.name))
    const where = { folder: app.paths.lab(environment.name), kubeconfig, path: app.env['PATH'] ?? '' }
    return await (await app.host()).attach(calicoctlOnHost(words, where))
  },
}
