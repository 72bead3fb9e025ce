import { accountLabels, calicoLabels, calicoRuleMatches, namespaceLabels } from './policy-oracle/calico.ts'
import { kubernetesPeer, kubernetesPort, kubernetesSelects } from './policy-oracle/kubernetes.ts'
import { calicoSelects } from './policy-oracle/selector.ts'
import {
  type Connection,
  isKubernetes,
  type OraclePod,
  type OraclePolicy,
  type OracleWorld,
} from './policy-oracle/world.ts'

type Direction = 'Ingress' | 'Egress'
/** What one rule says; undefined when it doesn't match, or only logs. */
type Ask = (connection: Connection) => 'Allow' | 'Deny' | 'Pass' | undefined

/**
 * Whether a connection may be made: the sender's policies let it out, and the receiver's let it in. Straight from the
 * documentation of Kubernetes and Calico, without index, set or id: slow, and easy to believe.
 */
export function policyOracle(world: OracleWorld): (connection: Connection) => boolean {
  const asked = new Map<string, readonly Ask[] | undefined>()
  const decide = (pod: OraclePod, direction: Direction, connection: Connection) => {
    const key = `${pod.namespace}/${pod.name} ${direction}`
    if (!asked.has(key)) asked.set(key, asksOf(world, pod, direction))
    return verdict(asked.get(key), connection)
  }
  return (connection) => {
    const { from, to } = connection
    return (
      (typeof from === 'string' || decide(from, 'Egress', connection)) &&
      (typeof to === 'string' || decide(to, 'Ingress', connection))
    )
  }
}

/** No policy at all: everything may pass. Else the first rule that matches decides, and none is a no. */
function verdict(asks: readonly Ask[] | undefined, connection: Connection): boolean {
  if (!asks) return true
  for (const ask of asks) {
    const answer = ask(connection)
    // Pass leaves the policies: the namespace's profile allows.
    if (answer) return answer !== 'Deny'
  }
  return false
}

/** The rules of all policies that apply to a pod, in the order in which they are asked; undefined when none does. */
function asksOf(world: OracleWorld, pod: OraclePod, direction: Direction): readonly Ask[] | undefined {
  const applying = world.policies.filter(
    (policy) => governs(policy, direction) && selectsPod(world, policy, pod),
  )
  if (applying.length === 0) return undefined
  const inOrder = applying.toSorted(
    (a, b) => orderOf(a) - orderOf(b) || (fullName(a) < fullName(b) ? -1 : fullName(a) > fullName(b) ? 1 : 0),
  )
  return inOrder.flatMap((policy) => rulesOf(world, policy, direction))
}

function orderOf(policy: OraclePolicy): number {
  return isKubernetes(policy) ? 1000 : (policy.spec.order ?? Number.MAX_VALUE)
}

function fullName(policy: OraclePolicy): string {
  const { namespace, name } = policy.metadata
  const full = isKubernetes(policy) ? `knp.default.${name}` : name
  return namespace ? `${namespace}/${full}` : full
}

function governs(policy: OraclePolicy, direction: Direction): boolean {
  if (isKubernetes(policy)) {
    const { policyTypes = ['Ingress', ...(policy.spec?.egress ? ['Egress'] : [])] } = policy.spec ?? {}
    return policyTypes.includes(direction)
  }
  return policy.spec.types?.includes(direction) ?? true
}

function selectsPod(world: OracleWorld, policy: OraclePolicy, pod: OraclePod): boolean {
  const { namespace } = policy.metadata
  if (namespace !== undefined && namespace !== pod.namespace) return false
  if (isKubernetes(policy)) return kubernetesSelects(policy.spec?.podSelector, pod.labels)
  const { selector, serviceAccountSelector } = policy.spec
  const inNamespaces = policy.kind === 'GlobalNetworkPolicy' ? policy.spec.namespaceSelector : undefined
  return (
    calicoSelects(selector, calicoLabels(pod)) &&
    (!serviceAccountSelector || calicoSelects(serviceAccountSelector, accountLabels(world, pod))) &&
    (!inNamespaces || calicoSelects(inNamespaces, namespaceLabels(world, pod.namespace)))
  )
}

function rulesOf(world: OracleWorld, policy: OraclePolicy, direction: Direction): Ask[] {
  const { namespace } = policy.metadata
  if (!isKubernetes(policy)) {
    const rules = (direction === 'Ingress' ? policy.spec.ingress : policy.spec.egress) ?? []
    return rules.map((rule) => (connection) => {
      if (rule.action === 'Log' || !calicoRuleMatches(world, rule, connection, namespace)) return undefined
      return rule.action as 'Allow' | 'Deny' | 'Pass'
    })
  }
  const rules =
    direction === 'Ingress'
      ? (policy.spec?.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }))
      : (policy.spec?.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }))
  return rules.map(({ peers = [], ports = [] }) => (connection) => {
    const peer = direction === 'Ingress' ? connection.from : connection.to
    const isPeer =
      peers.length === 0 || peers.some((one) => kubernetesPeer(world, one, peer, namespace ?? ''))
    const isPort = ports.length === 0 || ports.some((port) => kubernetesPort(port, connection))
    return isPeer && isPort ? 'Allow' : undefined
  })
}
