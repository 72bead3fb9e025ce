import { LabError } from '../base/errors.ts'
import type { Environment } from '../cluster/environment.ts'
import type { Machine } from '../machine/machine.ts'
import type { SessionPorts } from '../session/ports.ts'
import { requireCluster } from './require-cluster.ts'

/** A session's way to a lab that is up. */
export function sessionPorts(environment: Environment, host: Machine): SessionPorts {
  const { running, cluster } = environment
  return {
    kube: cluster?.kube,
    machine: async (name) => {
      const machine = running.machines.find((candidate) => candidate.name === name)
      if (machine) return machine
      throw new LabError('KNET_NO_SUCH_MACHINE', { message: `${environment.name} has no machine ${name}.` })
    },
    pod: async ({ namespace, name }) => requireCluster(environment).pod(namespace, name),
    kubectl: async (words, options) => {
      const { kubectlEnv } = requireCluster(environment)
      return await host.exec(['kubectl', ...words], { ...options, env: { ...options?.env, ...kubectlEnv } })
    },
    restore: cluster?.restore,
    heal: () => (cluster ? cluster.heal() : madeAnew(environment)),
  }
}

async function madeAnew({ running }: Environment): Promise<void> {
  await Promise.all(running.machines.map(({ name }) => running.rebuild(name)))
}
