import { LabError } from '../base/errors.ts'
import type { Environment } from '../cluster/environment.ts'
import type { Machine } from '../machine/machine.ts'
import type { SessionPorts } from '../session/ports.ts'
import { requireCluster } from './require-cluster.ts'

/** For a Go program that ends before its garbage matters: kubectl takes a fifth less of a processor's time. */
const BRIEF = { GOGC: '400' }

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
      const env = { ...BRIEF, ...options?.env, ...kubectlEnv }
      return await host.exec(['kubectl', ...words], { ...options, env })
    },
    restore: cluster?.restore,
    heal: async (signal) => (cluster ? await cluster.heal(signal) : await madeAnew(environment)),
  }
}

/** Without a cluster nothing tells what a learner did to a machine: all are new after this, which is not worth a line. */
async function madeAnew({ running }: Environment): Promise<readonly string[]> {
  await Promise.all(running.machines.map(({ name }) => running.rebuild(name)))
  return []
}
