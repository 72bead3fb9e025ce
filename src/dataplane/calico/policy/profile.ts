import type { Namespace, ServiceAccount } from '../../../kube/objects.ts'
import type { ActiveRule, RuleAction, RuleSet, Side } from '../felix/active.ts'
import type { Labels } from '../selector/expression.ts'
import { NAMESPACE_PREFIX, SERVICE_ACCOUNT_PREFIX } from './entity-selector.ts'

/** What pods have of their namespace or their service account. */
export interface Profile {
  readonly labels: Labels
  /** Asked when no policy applies. */
  readonly rules: RuleSet
}

const NAME = 'projectcalico.org/name'
const ANYWHERE: Side = {
  nets: [],
  notNets: [],
  ports: [],
  notPorts: [],
  ipSets: [],
  notIpSets: [],
  namedPorts: [],
  notNamedPorts: [],
}

const ALLOW_ALL = everything('allow')
/** Of a profile that isn't there, while its pods still are: as felix's calc has it. */
export const MISSING_PROFILE: Profile = { labels: {}, rules: everything('deny') }

/** kns.NAMESPACE: allows everything. */
export function profileOfNamespace({ metadata }: Namespace): Profile {
  const { name, labels } = metadata
  return {
    labels: { ...prefixed(labels, NAMESPACE_PREFIX), [`${NAMESPACE_PREFIX}${NAME}`]: name },
    rules: ALLOW_ALL,
  }
}

/** ksa.NAMESPACE.ACCOUNT: labels alone. */
export function profileOfServiceAccount({ metadata }: ServiceAccount): Profile {
  const { name, labels } = metadata
  return {
    labels: { ...prefixed(labels, SERVICE_ACCOUNT_PREFIX), [`${SERVICE_ACCOUNT_PREFIX}${NAME}`]: name },
    rules: { inbound: [], outbound: [] },
  }
}

function everything(action: RuleAction): RuleSet {
  const rules: ActiveRule[] = [{ action, src: ANYWHERE, dst: ANYWHERE }]
  return { inbound: rules, outbound: rules }
}

function prefixed(labels: Labels = {}, prefix: string): Labels {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [`${prefix}${key}`, value]))
}
