import type { Command } from '../command.ts'
import { requireCluster } from '../require-cluster.ts'

export const kubectl: Command = {
  name: 'kubectl',
  summary: 'run the host’s kubectl on the lab’s cluster',
  arguments: [{ name: '[args...]', summary: 'as for kubectl' }],
  passThrough: true,
  examples: ['knet-labs kubectl get pods -A -o wide', 'knet-labs kubectl apply -f hello-kubernetes.yaml'],
  async run(app, { args }) {
    const { kubeconfig } = requireCluster(await app.environment())
    return await (await app.host()).attach(['kubectl', ...args], { env: { KUBECONFIG: kubeconfig } })
  },
}
