import type { BadField } from '../calico-error.ts'
import { isObject, type JsonObject } from '../layout/shape.ts'
import { familyOf } from './checks.ts'

type Rules = (value: JsonObject) => BadField[]

const bad = (name: string, value: unknown, why: string): BadField => ({ name, value, why })
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : [])
const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {})

/** How fields of a structure have to go together. Upstream: libcalico-go, validator/v3. */
export const RULES: Readonly<Record<string, Rules>> = {
  IPPoolSpec: poolRules,
  BGPPeerSpec: peerRules,
  BGPConfigurationSpec: bgpRules,
  HostEndpointSpec: hostEndpointRules,
  NodeSpec: ({ bgp }) =>
    isObject(bgp) && Object.keys(bgp).length === 0 ? [bad('BGP', bgp, 'Spec.BGP should not be empty')] : [],
  ICMPFields: ({ type, code }) =>
    code !== undefined && type === undefined
      ? [bad('Code', code, 'ICMP code specified without an ICMP type')]
      : [],
  EntityRule: entityRules,
  Rule: ruleRules,
}

function poolRules({ allowedUses }: JsonObject): BadField[] {
  const unknown = listOf(allowedUses).filter((use) => use !== 'Workload' && use !== 'Tunnel')
  return unknown.map((use) => bad('IPpool.AllowedUses', allowedUses, `unknown use: ${String(use)}`))
}

function peerRules({ node, nodeSelector, peerIP, peerSelector, asNumber }: JsonObject): BadField[] {
  const both = (one: unknown, other: unknown) => one !== undefined && other !== undefined
  const why = (field: string, other: string) => `${field} field must be empty when ${other} is specified`
  return [
    ...(both(node, nodeSelector) ? [bad('Node', node, why('Node', 'NodeSelector'))] : []),
    ...(both(peerIP, peerSelector) ? [bad('PeerIP', peerIP, why('PeerIP', 'PeerSelector'))] : []),
    ...(both(asNumber, peerSelector) ? [bad('ASNumber', asNumber, why('ASNumber', 'PeerSelector'))] : []),
  ]
}

function bgpRules(spec: JsonObject): BadField[] {
  const { communities, prefixAdvertisements, nodeToNodeMeshEnabled } = spec
  const named = listOf(communities).map(objectOf)
  const isCommunity = (value: unknown) => /^\d+:\d+(:\d+)?$/.test(String(value))
  const advertised = listOf(prefixAdvertisements).flatMap((one) => listOf(objectOf(one)['communities']))
  const undefinedOnes = advertised.filter(
    (one) => !isCommunity(one) && !named.some(({ name }) => name === one),
  )
  const meshOnly = ['nodeMeshPassword', 'nodeMeshMaxRestartTime'].filter(
    (field) => spec[field] !== undefined && nodeToNodeMeshEnabled === false,
  )
  const field = (name: string) => `Spec.N${name.slice(1)}`
  return [
    ...named
      .filter(({ value }) => !isCommunity(value))
      .map(({ value }) => bad('Spec.Communities[].Value', value, 'invalid community value or format used.')),
    ...(named.length > 0 && listOf(prefixAdvertisements).length === 0
      ? [
          bad(
            'Spec.Communities[]',
            communities,
            'communities are defined but not used in Spec.PrefixAdvertisement[].',
          ),
        ]
      : []),
    ...undefinedOnes.map((one) =>
      bad('Spec.PrefixAdvertisement[].Communities[]', one, 'community used is invalid or not defined.'),
    ),
    ...meshOnly.map((name) =>
      bad(field(name), spec, `spec.N${name.slice(1)} cannot be set if spec.NodeToNodeMesh is disabled`),
    ),
  ]
}

function hostEndpointRules({ interfaceName, expectedIPs, node }: JsonObject): BadField[] {
  return [
    ...(interfaceName === undefined && expectedIPs === undefined
      ? [bad('InterfaceName', '', 'no interface or expected IPs have been specified')]
      : []),
    ...(node === undefined ? [bad('InterfaceName', '', 'no node has been specified')] : []),
  ]
}

const GLOBAL = 'global()'

function entityRules(entity: JsonObject): BadField[] {
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

function ruleRules(rule: JsonObject): BadField[] {
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
