import type {
  LabelSelector,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from '../../../kube/objects.ts'
import type { CalicoNetworkPolicy, EntityRule, PolicyRule, Port } from './kinds.ts'
import { simplifyPorts } from './ports.ts'

const ORDER = 1000

/**
 * A NetworkPolicy of Kubernetes in Calico's words, called knp.default.NAME (upstream: libcalico-go
 * lib/backend/k8s/conversion). The very wording of selectors matters: ids of sets are hashes of them.
 */
export function calicoPolicyOf({ metadata, spec }: NetworkPolicy): CalicoNetworkPolicy {
  const wanted = (spec?.policyTypes ?? []).filter((type) => type === 'Ingress' || type === 'Egress')
  return {
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `knp.default.${metadata.name}`, namespace: metadata.namespace ?? 'default' },
    spec: {
      order: ORDER,
      selector: podSelectorText(spec?.podSelector),
      types: wanted.length > 0 ? wanted : ['Ingress'],
      ingress: (spec?.ingress ?? []).flatMap(({ from, ports }) => rulesOf('source', from, ports)),
      egress: (spec?.egress ?? []).flatMap(({ to, ports }) => rulesOf('destination', to, ports)),
    },
  }
}

/** A rule for each protocol and peer. No peers are any peer, no ports any port. */
function rulesOf(
  side: 'source' | 'destination',
  peers: readonly NetworkPolicyPeer[] = [],
  ports: readonly NetworkPolicyPort[] = [],
): PolicyRule[] {
  const entities = peers.length > 0 ? peers.map(entityOf) : [{}]
  return portsByProtocol(ports).flatMap(({ protocol, ports }) =>
    entities.map((entity) => {
      const where = ports.length > 0 ? { ports } : {}
      const sides =
        side === 'source'
          ? { source: entity, destination: where }
          : { source: {}, destination: { ...entity, ...where } }
      return { action: 'Allow', ...(protocol && { protocol }), ...sides }
    }),
  )
}

/** A port without a number is every port of its protocol. */
function portsByProtocol(
  ports: readonly NetworkPolicyPort[],
): { protocol?: string; ports: readonly Port[] }[] {
  if (ports.length === 0) return [{ ports: [] }]
  const protocols = new Set(ports.map(({ protocol = 'TCP' }) => protocol))
  return [...protocols].sort().map((protocol) => {
    const own = ports.filter((port) => (port.protocol ?? 'TCP') === protocol)
    const some = own.flatMap(({ port, endPort }) =>
      port === undefined ? [] : [endPort === undefined ? port : `${port}:${endPort}`],
    )
    return { protocol, ports: some.length === own.length ? simplifyPorts(some) : [] }
  })
}

function entityOf({ ipBlock, podSelector, namespaceSelector }: NetworkPolicyPeer): EntityRule {
  if (ipBlock) return { nets: [ipBlock.cidr], notNets: ipBlock.except ?? [] }
  return {
    selector: podSelectorText(podSelector),
    namespaceSelector: namespaceSelectorText(namespaceSelector),
  }
}

function podSelectorText(selector: LabelSelector | undefined): string {
  return ["projectcalico.org/orchestrator == 'k8s'", ...terms(selector)].join(' && ')
}

/** Absent is the policy's own namespace, empty is every namespace. */
function namespaceSelectorText(selector: LabelSelector | undefined): string {
  return selector ? terms(selector).join(' && ') || 'all()' : ''
}

function terms({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): string[] {
  const labels = Object.keys(matchLabels)
    .sort()
    .map((key) => `${key} == '${matchLabels[key]}'`)
  return [...labels, ...matchExpressions.flatMap(expressionTerm)]
}

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number]

function expressionTerm({ key, operator, values = [] }: Requirement): string[] {
  const list = `{ '${values.join("', '")}' }`
  switch (operator) {
    case 'In':
      return [`${key} in ${list}`]
    case 'NotIn':
      return [`${key} not in ${list}`]
    case 'Exists':
      return [`has(${key})`]
    case 'DoesNotExist':
      return [`! has(${key})`]
    default:
      return []
  }
}
