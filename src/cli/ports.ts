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
    pod: async ({ namespace, name }) => {
      const { pid } = await requireCluster(environment).management.container(namespace, name)
      return running.beside({ pid })
    },
    kubectl: async (words, options) => {
      const { kubectlEnv } = requireCluster(environment)
      return await host.exec(['kubectl', ...words], { ...options, env: { ...options?.env, ...kubectlEnv } })
    },
    heal: () => heal(environment),
  }
}

/**
 * Machines whose processes were killed or whose cable is gone are made anew, and so are routers, which nothing but the learner
 * has configured; then the control plane puts its parts right on all nodes.
 */
async function heal({ running, cluster }: Environment): Promise<void> {
  if (!cluster) {
    await Promise.all(running.machines.map(({ name }) => running.rebuild(name)))
    return
  }
  const nodes = await cluster.management.nodes()
  const rebuilt = nodes.flatMap(({ name, alive, wired }) => (alive && wired ? [] : [name]))
  const routers = running.topology.machines.flatMap(({ name, router }) => (router ? [name] : []))
  await Promise.all([...rebuilt, ...routers].map((name) => running.rebuild(name)))
  await cluster.management.heal({ rebuilt })
}
