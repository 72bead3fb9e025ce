import type { RuleSet } from '../felix/active.ts'
import { prefixedSelector, readSelector, type Selector } from '../selector.ts'
import {
  NAMESPACE_LABEL,
  NAMESPACE_PREFIX,
  SERVICE_ACCOUNT_LABEL,
  SERVICE_ACCOUNT_PREFIX,
} from './entity-selector.ts'
import type { CalicoNetworkPolicy, GlobalNetworkPolicy } from './kinds.ts'
import { readRule } from './rule.ts'
import type { SetDefinition } from './set-definition.ts'

/** A policy of either kind that was read. */
export interface Policy {
  /** NAMESPACE/NAME of a namespaced one: demo/knp.default.web; default.deny-probe */
  readonly id: string
  /** Infinity when it has none. */
  readonly order: number
  /** Of endpoints. */
  readonly selector: Selector
  readonly ingress: boolean
  readonly egress: boolean
  readonly rules: RuleSet
  /** What its rules name, by id. */
  readonly sets: ReadonlyMap<string, SetDefinition>
}

/**
 * What a policy means, in the words of upstream's syncersv1/updateprocessors, from which ids are made.
 * @throws Error about what is malformed
 */
export function readPolicy(policy: CalicoNetworkPolicy | GlobalNetworkPolicy): Policy {
  const { kind, metadata, spec } = policy
  const { namespace } = metadata
  const selector = kind === 'NetworkPolicy' ? namespacedText(namespace, spec) : globalText(spec)
  const inbound = (spec.ingress ?? []).map((rule) => readRule(rule, namespace))
  const outbound = (spec.egress ?? []).map((rule) => readRule(rule, namespace))
  return {
    id: namespace ? `${namespace}/${metadata.name}` : metadata.name,
    order: spec.order ?? Infinity,
    selector: readSelector(selector),
    ingress: governs(spec.types, 'ingress'),
    egress: governs(spec.types, 'egress'),
    rules: {
      inbound: inbound.flatMap(({ rule }) => rule ?? []),
      outbound: outbound.flatMap(({ rule }) => rule ?? []),
    },
    sets: new Map([...inbound, ...outbound].flatMap(({ sets }) => sets.map((set) => [set.id, set]))),
  }
}

/** Policies in the order in which they are asked (upstream: felix calc/policy_sorter.go). */
export function byOrder(a: Policy, b: Policy): number {
  if (a.order !== b.order) return a.order < b.order ? -1 : 1
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

/** calicoctl writes down what a policy governs; one without it governs both. */
function governs(types: readonly string[] = [], wanted: string): boolean {
  return types.length === 0 || types.some((type) => type.toLowerCase() === wanted)
}

function namespacedText(namespace = 'default', spec: CalicoNetworkPolicy['spec']): string {
  const inNamespace = `${NAMESPACE_LABEL} == '${namespace}'`
  const own = spec.selector ? `(${spec.selector}) && ${inNamespace}` : inNamespace
  return withPrefixed(own, spec.serviceAccountSelector, SERVICE_ACCOUNT_PREFIX)
}

function globalText(spec: GlobalNetworkPolicy['spec']): string {
  let text = spec.selector ?? ''
  if (spec.namespaceSelector) {
    text = withPrefixed(text, spec.namespaceSelector, NAMESPACE_PREFIX)
    text = text.replaceAll('all()', `has(${NAMESPACE_LABEL})`)
  }
  if (spec.serviceAccountSelector) {
    text = withPrefixed(text, spec.serviceAccountSelector, SERVICE_ACCOUNT_PREFIX)
    text = text.replaceAll('all()', `has(${SERVICE_ACCOUNT_LABEL})`)
  }
  return text
}

function withPrefixed(text: string, selector: string | undefined, prefix: string): string {
  if (!selector) return text
  const added = prefixedSelector(selector, prefix)
  return text ? `(${text}) && ${added}` : added
}
