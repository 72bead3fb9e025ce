import { bad, type BadField } from '../calico-error.ts'
import { isObject, listOf, objectOf, type JsonObject } from '../layout/shape.ts'
import { entityRules, ruleRules } from './traffic-rules.ts'

type Rules = (value: JsonObject) => BadField[]

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
