import { bad, type BadField } from '../calico-error.ts'
import { isObject, listOf, objectOf, type JsonObject } from '../layout/shape.ts'
import { familyOf } from './checks.ts'

const GLOBAL = 'global()'

/** How a rule's source or destination has to be. */
export function entityRules(entity: JsonObject): BadField[] {
  const { selector, notSelector, namespaceSelector, services, serviceAccounts, nets, notNets } = entity
  const clash = (fields: string) => `cannot specify ${fields} and Services on the same rule`
  const why = !isObject(services)
    ? []
    : [
        ...(services['name'] === undefined ? ['must specify a service name'] : []),
        ...(namespaceSelector === undefined ? [] : [clash('NamespaceSelector')]),
        ...(selector === undefined && notSelector === undefined ? [] : [clash('Selector/NotSelector')]),
        ...(serviceAccounts === undefined ? [] : [clash('ServiceAccounts')]),
        ...(nets === undefined && notNets === undefined ? [] : [clash('Nets/NotNets')]),
      ]
  const namespaces = String(namespaceSelector ?? '')
  return [
    ...(String(selector ?? '').includes(GLOBAL)
      ? [bad('Selector field', selector, `${GLOBAL} can only be used in an EntityRule namespaceSelector`)]
      : []),
    ...(namespaces.includes(GLOBAL) && /&&|\|\|/.test(namespaces)
      ? [bad('NamespaceSelector field', namespaces, `${GLOBAL} cannot be combined with other selectors`)]
      : []),
    ...why.map((one) => bad('Services field', services, one)),
  ]
}

const WITH_PORTS: ReadonlySet<unknown> = new Set(['TCP', 'UDP', 'SCTP', 6, 17, 132])

/** How the parts of a policy's rule have to go together. */
export function ruleRules(rule: JsonObject): BadField[] {
  const { action, protocol, icmp, http } = rule
  const isIcmp = protocol === 'ICMP' || protocol === 'ICMPv6'
  return [
    ...(WITH_PORTS.has(protocol) ? [] : portRules(rule)),
    ...(http !== undefined && protocol !== undefined && protocol !== 'TCP'
      ? [bad('Protocol', protocol, 'rules that specify HTTP fields must set protocol to TCP or empty')]
      : []),
    ...(icmp !== undefined && !isIcmp
      ? [bad('ICMP', icmp, 'rules that specify ICMP fields must set protocol to ICMP')]
      : []),
    ...versionRules(rule),
    ...netRules(rule),
    ...(http !== undefined && action !== 'Allow' ? [bad('HTTP', http, 'only valid for Allow rules')] : []),
    ...servicePortRules(objectOf(rule['destination'])),
  ]
}

function portRules(rule: JsonObject): BadField[] {
  return (['source', 'destination'] as const).flatMap((side) =>
    (['ports', 'notPorts'] as const).flatMap((field) => {
      const ports = objectOf(rule[side])[field]
      if (ports === undefined) return []
      const name = `${capital(side)}.${capital(field)}`
      return [bad(name, ports, 'rules that specify ports must set protocol to TCP or UDP or SCTP')]
    }),
  )
}

function versionRules({ protocol, notProtocol, ipVersion, icmp }: JsonObject): BadField[] {
  const is = (name: string) => protocol === name || notProtocol === name
  const must = (version: number, name: string) =>
    bad('IPVersion', icmp, `must set ipversion to '${version}' with protocol ${name}`)
  if (ipVersion === undefined) return []
  return [
    ...(is('ICMP') && ipVersion !== 4 ? [must(4, 'icmp')] : []),
    ...(is('ICMPv6') && ipVersion !== 6 ? [must(6, 'icmpv6')] : []),
  ]
}

/** All networks of a rule are of one family, and of the rule's. */
function netRules(rule: JsonObject): BadField[] {
  const seen = new Set<number>()
  return (['source', 'destination'] as const).flatMap((side) =>
    (['nets', 'notNets'] as const).flatMap((field) => {
      const nets = listOf(objectOf(rule[side])[field])
      const name = `${capital(side)}.${capital(field)}`
      const families = new Set(nets.flatMap((net) => (isCidr(net) ? (familyOf(String(net)) ?? []) : [])))
      const version = rule['ipVersion']
      const isOther = version !== undefined && [...families].some((family) => family !== version)
      for (const family of families) seen.add(family)
      return [
        ...nets.filter((net) => !isCidr(net)).map((net) => bad(name, net, 'invalid CIDR')),
        ...(isOther ? [bad(name, nets, "rule IP version doesn't match CIDR version")] : []),
        ...(families.size > 0 && seen.size > 1
          ? [bad(name, nets, 'rule contains both IPv4 and IPv6 CIDRs')]
          : []),
      ]
    }),
  )
}

const isCidr = (net: unknown) => String(net).includes('/') && familyOf(String(net)) !== undefined

function servicePortRules({ services, ports, notPorts }: JsonObject): BadField[] {
  if (services === undefined) return []
  const why = (field: string) => `cannot specify ${field} with a service selector`
  return [
    ...(ports === undefined ? [] : [bad('Destination.Ports', ports, why('ports'))]),
    ...(notPorts === undefined ? [] : [bad('Destination.NotPorts', notPorts, why('notports'))]),
  ]
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)
