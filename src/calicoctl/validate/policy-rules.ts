import { bad, type BadField } from '../calico-error.ts'
import type { Resource } from '../layout/resource.ts'
import { isObject, listOf, objectOf, type JsonObject } from '../layout/shape.ts'
import { policyNameRules } from './metadata-rules.ts'

/** Kubernetes' own policies, and OpenStack's, as Calico names them. */
const FOREIGN = /^(?:knp|ossg)\.default\./

/** What holds of policies as a whole. */
export function policyRules(resource: Resource): BadField[] {
  const { kind, metadata, spec } = resource
  if (kind === 'NetworkPolicy') {
    return [
      ...repeatedTypes('NetworkPolicySpec', spec),
      ...policyNameRules(metadata.name ?? '', FOREIGN),
      ...misplaced(spec, 'not allowed in egress rule'),
      ...globalSelectors('NetworkPolicySpec', spec),
    ]
  }
  if (kind !== 'GlobalNetworkPolicy') return []
  return [
    ...policyNameRules(metadata.name ?? '', /(?!)/),
    ...hostRules(spec),
    ...repeatedTypes('GlobalNetworkPolicySpec', spec),
    ...misplaced(spec, 'not allowed in egress rules'),
    ...servicesWithoutNamespace(spec),
    ...globalSelectors('GlobalNetworkPolicySpec', spec),
  ]
}

const rulesOf = (spec: JsonObject, direction: 'ingress' | 'egress'): JsonObject[] =>
  listOf(spec[direction]).map(objectOf)

const servicesOf = (rule: JsonObject, side: 'source' | 'destination') => objectOf(rule[side])['services']

function repeatedTypes(structure: string, { types }: JsonObject): BadField[] {
  const all = listOf(types)
  return all
    .filter((type, at) => all.indexOf(type) !== at)
    .map((type) => bad(`${structure}.Types`, types, `'${String(type)}' type specified more than once`))
}

/** Services are for the other end of a connection, HTTP for the end that is reached. */
function misplaced(spec: JsonObject, aboutHttp: string): BadField[] {
  return [
    ...rulesOf(spec, 'egress').flatMap((rule) => {
      const services = servicesOf(rule, 'source')
      return [
        ...(services === undefined ? [] : [bad('Services', services, 'not allowed in egress rule source')]),
        ...(rule['http'] === undefined ? [] : [bad('HTTP', rule['http'], aboutHttp)]),
      ]
    }),
    ...rulesOf(spec, 'ingress').flatMap((rule) => {
      const services = servicesOf(rule, 'destination')
      return services === undefined
        ? []
        : [bad('Services', services, 'not allowed in ingress rule destination')]
    }),
  ]
}

function servicesWithoutNamespace(spec: JsonObject): BadField[] {
  const named = [
    ...rulesOf(spec, 'egress').map((rule) => servicesOf(rule, 'destination')),
    ...rulesOf(spec, 'ingress').map((rule) => servicesOf(rule, 'source')),
  ].filter(isObject)
  return named
    .filter(({ namespace }) => namespace === undefined)
    .map(() => bad('Namespace', '', 'must specify a namespace'))
}

function globalSelectors(structure: string, spec: JsonObject): BadField[] {
  return ['selector', 'serviceAccountSelector', 'namespaceSelector']
    .filter((field) => String(spec[field] ?? '').includes('global()'))
    .map((field) => {
      const name = `${structure}.${field.charAt(0).toUpperCase()}${field.slice(1)}`
      return bad(name, spec[field], 'global() can only be used in an EntityRule namespaceSelector')
    })
}

/** Of policies for hosts, which act before or without connection tracking. */
function hostRules({ doNotTrack, preDNAT, applyOnForward, egress, types }: JsonObject): BadField[] {
  const isPre = preDNAT === true
  const both = 'PreDNAT and DoNotTrack cannot both be true, for a given PolicySpec'
  const forward =
    'ApplyOnForward must be true if either PreDNAT or DoNotTrack is true, for a given PolicySpec'
  return [
    ...(isPre && doNotTrack === true ? [bad('PolicySpec.PreDNAT', true, both)] : []),
    ...(isPre && egress !== undefined
      ? [bad('PolicySpec.Egress', egress, 'PreDNAT PolicySpec cannot have any Egress rules')]
      : []),
    ...(isPre && listOf(types).includes('Egress')
      ? [bad('PolicySpec.Types', types, "PreDNAT PolicySpec cannot have 'egress' Type")]
      : []),
    ...(applyOnForward !== true && (isPre || doNotTrack === true)
      ? [bad('PolicySpec.ApplyOnForward', false, forward)]
      : []),
  ]
}
