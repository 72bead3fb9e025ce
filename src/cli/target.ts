import { EXIT, LabError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Environment } from '../cluster/environment.ts'
import { PODS } from '../kube/resources.ts'
import type { Machine } from '../machine/machine.ts'

/**
 * Finds what a learner named: a machine (`node0`), a pod (`hello-kubernetes-…`, `pod/name`, `namespace/name`), or anything
 * that begins one pod's name only by its owner: `hello-kubernetes` means its first pod.
 * @throws LabError KNET_NO_SUCH_MACHINE with the nearest name.
 */
export async function findTarget(environment: Environment, named: string): Promise<Machine> {
  const machine = environment.running.machines.find((candidate) => candidate.name === named)
  if (machine) return machine
  const pods = environment.cluster ? (await environment.cluster.kube.list(PODS)).items : []
  const name = named.replace(/^pod\//, '')
  const running = pods.filter((pod) => pod.status?.phase === 'Running')
  const withName = (wanted: (name: string) => boolean) =>
    running.find(({ metadata }) => wanted(metadata.name) || wanted(`${metadata.namespace}/${metadata.name}`))
  const pod = withName((full) => full === name) ?? withName((full) => full.startsWith(`${name}-`))
  if (pod && environment.cluster) {
    return environment.cluster.pod(pod.metadata.namespace ?? 'default', pod.metadata.name)
  }
  throw noSuchTarget(
    environment,
    named,
    pods.map((pod) => pod.metadata.name),
  )
}

function noSuchTarget(environment: Environment, named: string, pods: readonly string[]): LabError {
  const machines = environment.running.machines.map((machine) => machine.name)
  const meant = nearest(named, [...machines, ...pods])
  return new LabError('KNET_NO_SUCH_MACHINE', {
    message: `There is no machine or running pod "${named}" in the lab ${environment.name}.`,
    hint: meant
      ? `Did you mean "${meant}"?`
      : `Machines: ${machines.join(', ')}; pods: knet-labs kubectl get pods -A`,
    exitCode: EXIT.usage,
  })
}
