import { LabError } from '../../src/base/errors.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import type { Machine } from '../../src/machine/machine.ts'
import type { SessionPorts } from '../../src/session/ports.ts'

/** Ports over the machines of a test; without a cluster unless a client is given. */
export function labPorts(machines: readonly Machine[], kube?: KubeClient): SessionPorts {
  const refuse = () =>
    Promise.reject(new LabError('KNET_NO_CLUSTER', { message: 'This test has no cluster.' }))
  return {
    kube,
    machine: async (name) => {
      const machine = machines.find((machine) => machine.name === name)
      if (machine) return machine
      throw new LabError('KNET_NO_MACHINE', { message: `There is no machine ${name}.` })
    },
    pod: refuse,
    kubectl: refuse,
    heal: async () => [],
  }
}
