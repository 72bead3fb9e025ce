import type { LabelSelector, NetworkPolicyPeer, NetworkPolicyPort } from '../../../src/kube/objects.ts'
import {
  addressOf,
  type Connection,
  hasNamedPort,
  inNet,
  type Labels,
  type OraclePod,
  type OracleWorld,
} from './world.ts'

// Kubernetes: https://kubernetes.io/docs/concepts/services-networking/network-policies/

export function kubernetesPeer(
  world: OracleWorld,
  peer: NetworkPolicyPeer,
  other: OraclePod | string,
  own: string,
): boolean {
  const { ipBlock, podSelector, namespaceSelector } = peer
  if (ipBlock) {
    const address = addressOf(other)
    return inNet(address, ipBlock.cidr) && !(ipBlock.except ?? []).some((net) => inNet(address, net))
  }
  if (typeof other === 'string') return false
  const inNamespace = namespaceSelector
    ? kubernetesSelects(
        namespaceSelector,
        world.namespaces.find(({ name }) => name === other.namespace)?.labels ?? {},
      )
    : other.namespace === own
  return inNamespace && kubernetesSelects(podSelector, other.labels)
}

export function kubernetesPort(
  { protocol = 'TCP', port, endPort }: NetworkPolicyPort,
  connection: Connection,
): boolean {
  if (connection.protocol !== protocol) return false
  if (port === undefined) return true
  if (typeof port === 'string') return hasNamedPort(connection.to, port, connection.protocol, connection.port)
  return connection.port >= port && connection.port <= (endPort ?? port)
}

export function kubernetesSelects(selector: LabelSelector | undefined, labels: Labels): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {}
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key]
      if (operator === 'Exists') return value !== undefined
      if (operator === 'DoesNotExist') return value === undefined
      const isIn = value !== undefined && values.includes(value)
      return operator === 'In' ? isIn : !isIn
    })
  )
}
