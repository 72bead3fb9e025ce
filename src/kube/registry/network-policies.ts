import { isIP, isIPv4 } from 'node:net'
import { contains, parseCidr } from '../../net/cidr.ts'
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from '../objects.ts'
import { NETWORK_POLICIES } from '../resources.ts'
import { AGE, NAME, text } from './columns.ts'
import { define } from './define.ts'
import type { FieldError } from './definition.ts'
import { forbidden, invalid, notSupported, required } from './field-error.ts'
import { firstGeneration, nextGeneration } from './generation.ts'
import { selectorText, validateSelector } from './label-selector.ts'
import { validatePort, validatePortOrName, validateProtocol } from './ports.ts'

const TYPES = ['Ingress', 'Egress']
const NOT_A_CIDR = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'
const NOT_A_SUBSET = 'must be a strict subset of `cidr`'

interface PolicyRule {
  readonly ports?: readonly NetworkPolicyPort[]
}

function withDefaults(policy: NetworkPolicy): NetworkPolicy {
  const spec: NetworkPolicySpec = { podSelector: {}, ...policy.spec }
  const { ingress, egress, policyTypes = [] } = spec
  // What says nothing of its types is about what comes in, and about what goes out only if it says so.
  const types = policyTypes.length > 0 ? policyTypes : egress?.length ? ['Ingress', 'Egress'] : ['Ingress']
  return {
    ...policy,
    spec: {
      ...spec,
      ...(ingress && { ingress: ingress.map(withProtocols) }),
      ...(egress && { egress: egress.map(withProtocols) }),
      policyTypes: types,
    },
  }
}

function withProtocols<T extends PolicyRule>(rule: T): T {
  if (!rule.ports) return rule
  return { ...rule, ports: rule.ports.map((port) => ({ ...port, protocol: port.protocol ?? 'TCP' })) }
}

/** As upstream's pkg/apis/networking/validation. */
function validateSpec({ podSelector, ingress, egress, policyTypes = [] }: NetworkPolicySpec): FieldError[] {
  return [
    ...(podSelector ? validateSelector(podSelector, 'spec.podSelector') : []),
    ...(ingress ?? []).flatMap(({ from, ports }, i) =>
      validateRule({ ports, peers: from }, `spec.ingress[${i}]`, 'from'),
    ),
    ...(egress ?? []).flatMap(({ to, ports }, i) =>
      validateRule({ ports, peers: to }, `spec.egress[${i}]`, 'to'),
    ),
    ...validateTypes(policyTypes),
  ]
}

function validateRule(
  {
    ports = [],
    peers = [],
  }: { ports: NetworkPolicyPort[] | undefined; peers: NetworkPolicyPeer[] | undefined },
  at: string,
  side: 'from' | 'to',
): FieldError[] {
  return [
    ...ports.flatMap((port, i) => validatePolicyPort(port, `${at}.ports[${i}]`)),
    ...peers.flatMap((peer, i) => validatePeer(peer, `${at}.${side}[${i}]`)),
  ]
}

function validateTypes(types: readonly string[]): FieldError[] {
  const at = 'spec.policyTypes'
  if (types.length > TYPES.length) return [invalid(at, types, 'may not specify more than two policyTypes')]
  return types.flatMap((type, i) => (TYPES.includes(type) ? [] : [notSupported(`${at}[${i}]`, type, TYPES)]))
}

function validatePolicyPort({ protocol, port, endPort }: NetworkPolicyPort, at: string): FieldError[] {
  return [
    ...(protocol === undefined ? [] : validateProtocol(protocol, `${at}.protocol`)),
    ...(port === undefined ? [] : validatePortOrName(port, `${at}.port`)),
    ...(endPort === undefined ? [] : validateEndPort(port, endPort, `${at}.endPort`)),
  ]
}

function validateEndPort(port: NetworkPolicyPort['port'], endPort: number, at: string): FieldError[] {
  if (port === undefined) return [invalid(at, endPort, 'may not be specified when `port` is not specified')]
  if (typeof port !== 'number') {
    return [invalid(at, endPort, 'may not be specified when `port` is non-numeric')]
  }
  return [
    ...(endPort < port ? [invalid(at, endPort, 'must be greater than or equal to `port`')] : []),
    ...validatePort(endPort, at),
  ]
}

function validatePeer(peer: NetworkPolicyPeer, at: string): FieldError[] {
  const { podSelector, namespaceSelector, ipBlock } = peer
  if (!podSelector && !namespaceSelector && !ipBlock) return [required(at, 'must specify a peer')]
  return [
    ...(podSelector ? validateSelector(podSelector, `${at}.podSelector`) : []),
    ...(namespaceSelector ? validateSelector(namespaceSelector, `${at}.namespaceSelector`) : []),
    ...(ipBlock ? validateIpBlock(ipBlock, `${at}.ipBlock`) : []),
    ...(ipBlock && (podSelector ?? namespaceSelector)
      ? [forbidden(at, 'may not specify both ipBlock and another peer')]
      : []),
  ]
}

function validateIpBlock(
  { cidr, except = [] }: NonNullable<NetworkPolicyPeer['ipBlock']>,
  at: string,
): FieldError[] {
  if (!cidr) return [required(`${at}.cidr`)]
  if (!isCidr(cidr)) return [invalid(`${at}.cidr`, cidr, NOT_A_CIDR)]
  return except.flatMap((inner, i) => {
    if (!isCidr(inner)) return [invalid(`${at}.except[${i}]`, inner, NOT_A_CIDR)]
    return isStrictSubset(inner, cidr) ? [] : [invalid(`${at}.except[${i}]`, inner, NOT_A_SUBSET)]
  })
}

function isCidr(text: string): boolean {
  const [address = '', length = '', ...rest] = text.split('/')
  if (!isIP(address) || rest.length > 0 || !/^\d{1,3}$/.test(length)) return false
  return Number(length) <= (isIPv4(address) ? 32 : 128)
}

function isStrictSubset(inner: string, outer: string): boolean {
  const [innerAddress = '', innerLength] = inner.split('/')
  const [outerAddress = '', outerLength] = outer.split('/')
  if (isIPv4(innerAddress) !== isIPv4(outerAddress) || Number(innerLength) <= Number(outerLength))
    return false
  if (!isIPv4(innerAddress))
    return ipv6Bits(innerAddress).startsWith(ipv6Bits(outerAddress).slice(0, Number(outerLength)))
  const network = parseCidr(outer)
  return network !== undefined && contains(network, inner)
}

/** 128 digits of 0 and 1. */
function ipv6Bits(address: string): string {
  // The URL parser writes it in full canon: no dotted quad at the end.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const groups = (part: string) => part.split(':').filter(Boolean)
  const first = groups(head)
  const last = groups(tail ?? '')
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0')
  return [...first, ...zeros, ...last]
    .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0'))
    .join('')
}

export const networkPolicies = define<NetworkPolicy>(NETWORK_POLICIES, {
  singular: 'networkpolicy',
  shortNames: ['netpol'],
  columns: [
    NAME,
    text('Pod-Selector', 'Pods that the policy is about.', ({ spec }) => selectorText(spec?.podSelector)),
    AGE,
  ],
  prepareForCreate: (policy) => firstGeneration(withDefaults(policy)),
  prepareForUpdate: (policy, current) => nextGeneration(withDefaults(policy), current, ({ spec }) => spec),
  validate: ({ spec }) => (spec ? validateSpec(spec) : []),
})
