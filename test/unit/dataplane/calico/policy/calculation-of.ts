import { Calculation } from '../../../../../src/dataplane/calico/policy/calculation.ts'
import { calicoPolicyOf } from '../../../../../src/dataplane/calico/policy/kubernetes-policy.ts'
import { networkSetMember, podMember } from '../../../../../src/dataplane/calico/policy/member.ts'
import { readPolicy } from '../../../../../src/dataplane/calico/policy/policy.ts'
import {
  profileOfNamespace,
  profileOfServiceAccount,
} from '../../../../../src/dataplane/calico/policy/profile.ts'
import type { Pod } from '../../../../../src/kube/objects.ts'
import { isKubernetes, type OraclePod, type OracleWorld } from '../../../../helpers/policy-oracle/world.ts'

export const NODE = 'node0'

/** A running pod. */
export function podOf({ namespace, name, labels, serviceAccount, ip, ports }: OraclePod, node = NODE): Pod {
  const container = {
    name: 'c',
    image: 'web',
    ports: ports.map(({ port, ...rest }) => ({ ...rest, containerPort: port })),
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { ...labels } },
    spec: { nodeName: node, serviceAccountName: serviceAccount, containers: [container] },
    status: { phase: 'Running', podIP: ip, podIPs: [{ ip }] },
  }
}

type PlacedPod = OraclePod & { readonly node?: string }

/** A calculation that knows all of a world, with pods on {@link NODE} unless they say. */
export function calculationOf(world: OracleWorld & { pods: readonly PlacedPod[] }): Calculation {
  const calculation = new Calculation()
  for (const { name, labels } of world.namespaces) {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { ...labels } } }
    calculation.setProfile(`kns.${name}`, profileOfNamespace(namespace))
  }
  for (const { namespace, name, labels } of world.serviceAccounts) {
    const account = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { namespace, name, labels: { ...labels } },
    }
    calculation.setProfile(`ksa.${namespace}.${name}`, profileOfServiceAccount(account))
  }
  for (const pod of world.pods)
    calculation.setMember(`${pod.namespace}/${pod.name}`, podMember(podOf(pod, pod.node)))
  for (const [i, { namespace, labels, nets }] of world.networkSets.entries()) {
    const metadata = { name: `set${i}`, labels: { ...labels }, ...(namespace && { namespace }) }
    const kind = namespace ? 'NetworkSet' : 'GlobalNetworkSet'
    const set = { apiVersion: 'crd.projectcalico.org/v1', kind, metadata, spec: { nets } } as const
    calculation.setMember(`set${i}`, networkSetMember(set))
  }
  for (const { namespace, name, backends } of world.services) {
    calculation.setSlice(`${namespace}/${name}`, 'a', {
      nets: backends.map(({ ip }) => `${ip}/32`),
      netsAndPorts: backends.map(({ ip, protocol, port }) => `${ip},${protocol.toLowerCase()}:${port}`),
    })
  }
  for (const policy of world.policies) {
    const read = readPolicy(isKubernetes(policy) ? calicoPolicyOf(policy) : policy)
    calculation.setPolicy(read.id, read)
  }
  return calculation
}
