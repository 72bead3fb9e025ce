import { contains } from '../../net/cidr.ts'
import {
  type Chain,
  type Match,
  type Rule,
  addressType,
  comment,
  jump,
  oneIn,
  option,
  port as portMatch,
} from '../../net/iptables/rule.ts'
import type { Endpoint } from './endpoint.ts'
import { CHAIN, endpointChainName, serviceChainName } from './names.ts'
import type { ProxyNode } from './routing.ts'
import type { ServicePort } from './service-port.ts'

/** An endpoint and its KUBE-SEP chain. */
export interface Destination {
  readonly endpoint: Endpoint
  readonly chain: Chain
}

/**
 * KUBE-SVC or KUBE-SVL: to one of the endpoints by dice. With session affinity a client that came lately goes where it
 * went before. As the chain for the ClusterIP it first marks what comes from outside the pod network.
 */
export function policyChain(
  kind: 'SVC' | 'SVL',
  port: ServicePort,
  destinations: readonly Destination[],
  clusterCIDR: string | undefined,
): Chain {
  const remembered = port.affinitySeconds === undefined ? [] : destinations
  return {
    name: serviceChainName(kind, port),
    rules: [
      ...(clusterCIDR === undefined ? [] : [masqueradeFromOutside(port, clusterCIDR)]),
      ...remembered.map((to) => toEndpoint(port, to, seenLately(port, to.chain))),
      ...destinations.map((to, index) => {
        const left = destinations.length - index
        return toEndpoint(port, to, left > 1 ? [oneIn(left)] : [])
      }),
    ],
  }
}

/** KUBE-SEP: to one endpoint. A pod that reaches itself by its service is masqueraded, or it would see its own address. */
export function endpointChain(port: ServicePort, endpoint: Endpoint): Chain {
  const name = endpointChainName(port, endpoint.target)
  const remember = port.affinitySeconds === undefined ? [] : [recent(name, option('--set'))]
  return {
    name,
    rules: [
      {
        source: { value: `${endpoint.ip}/32` },
        matches: [comment(port.name)],
        target: jump(CHAIN.markMasquerade),
      },
      {
        protocol: { value: port.protocol },
        matches: [comment(port.name), ...remember, portMatch(port.protocol)],
        target: jump('DNAT', option('--to-destination', endpoint.target)),
      },
    ],
  }
}

/**
 * KUBE-EXT: what came for a node port, an external IP or a load balancer's IP. With externalTrafficPolicy Local the
 * client's address is kept, and pods and the node itself go round the policy.
 */
export function externalChain(port: ServicePort, clusterCIDR: string, onward: string | undefined): Chain {
  const destinations = `${port.name} external destinations`
  const cluster = serviceChainName('SVC', port)
  const fromHere = addressType('src', 'LOCAL')
  const byPolicy: Rule[] = port.externalLocal
    ? [
        {
          source: { value: clusterCIDR },
          matches: [comment(`pod traffic for ${destinations}`)],
          target: jump(cluster),
        },
        {
          matches: [comment(`masquerade LOCAL traffic for ${destinations}`), fromHere],
          target: jump(CHAIN.markMasquerade),
        },
        { matches: [comment(`route LOCAL traffic for ${destinations}`), fromHere], target: jump(cluster) },
      ]
    : [
        {
          matches: [comment(`masquerade traffic for ${destinations}`)],
          target: jump(CHAIN.markMasquerade),
        },
      ]
  const last: Rule[] = onward === undefined ? [] : [{ matches: [], target: jump(onward) }]
  return { name: serviceChainName('EXT', port), rules: [...byPolicy, ...last] }
}

/**
 * KUBE-FW: lets the load balancer's source ranges through to KUBE-EXT; all else stays untranslated, and KUBE-PROXY-FIREWALL
 * drops it. A node inside the ranges reaches the load balancer's IP with that IP as its source, so it is let through too.
 */
export function firewallChain(port: ServicePort, node: ProxyNode): Chain {
  const fromHere = port.sourceRanges.some((range) => contains(range, node.address))
  const own = fromHere ? port.loadBalancerIPs.map((ip) => `${ip}/32`) : []
  return {
    name: serviceChainName('FW', port),
    rules: [
      ...[...port.sourceRanges, ...own].map((source) => ({
        source: { value: source },
        matches: [comment(`${port.name} loadbalancer IP`)],
        target: jump(serviceChainName('EXT', port)),
      })),
      { matches: [comment(`other traffic to ${port.name} will be dropped by ${CHAIN.proxyFirewall}`)] },
    ],
  }
}

function masqueradeFromOutside(port: ServicePort, clusterCIDR: string): Rule {
  return {
    source: { value: clusterCIDR, not: true },
    destination: { value: `${port.clusterIP}/32` },
    protocol: { value: port.protocol },
    matches: [comment(`${port.name} cluster IP`), portMatch(port.protocol, port.port)],
    target: jump(CHAIN.markMasquerade),
  }
}

function toEndpoint(port: ServicePort, { endpoint, chain }: Destination, when: readonly Match[]): Rule {
  return { matches: [comment(`${port.name} -> ${endpoint.target}`), ...when], target: jump(chain.name) }
}

function seenLately(port: ServicePort, chain: Chain): Match[] {
  const within = [option('--rcheck'), option('--seconds', String(port.affinitySeconds)), option('--reap')]
  return [recent(chain.name, ...within)]
}

function recent(list: string, ...what: Match['options'][number][]): Match {
  return {
    module: 'recent',
    options: [...what, option('--name', list), option('--mask', '255.255.255.255'), option('--rsource')],
  }
}
