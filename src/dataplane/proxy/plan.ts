import { type Chain, type Rule, type Ruleset, tableOf } from '../../net/iptables/rule.ts'
import { type EntryRules, entryRules } from './entry-rules.ts'
import {
  builtInChains,
  canaryChain,
  firewallChain as localnetChain,
  forwardChain,
  markMasqueradeChain,
  postroutingChain,
  toNodePorts,
} from './fixed-chains.ts'
import { CHAIN, serviceChainName } from './names.ts'
import type { Endpoint } from './endpoint.ts'
import { type ProxyNode, differsByNode, routingOn } from './routing.ts'
import {
  type Destination,
  endpointChain,
  externalChain,
  firewallChain,
  policyChain,
} from './service-chains.ts'
import { type ServicePort, isExternallyAccessible } from './service-port.ts'

/** All that one service port adds to a node's rules. */
export interface PortPlan {
  readonly entries: EntryRules
  /** In the nat table: KUBE-SVC, SVL, EXT, FW, SEP. */
  readonly chains: readonly Chain[]
}

export type PortPlanner = (port: ServicePort, node: ProxyNode) => PortPlan

/**
 * The rules that a node has for these service ports, as iptables-save will print them.
 * Upstream: syncProxyRules in pkg/proxy/iptables/proxier.go (1.36).
 */
export function planRules(ports: readonly ServicePort[], node: ProxyNode, planPort: PortPlanner): Ruleset {
  const plans = ports.map((port) => planPort(port, node))
  const { nat, filter } = gathered(plans.map((plan) => plan.entries))
  return new Map([
    ['mangle', tableOf([...builtInChains('mangle'), canaryChain])],
    [
      'filter',
      tableOf([
        ...builtInChains('filter'),
        { name: CHAIN.externalServices, rules: filter.externalServices },
        localnetChain,
        forwardChain(node.nfacct),
        { name: CHAIN.nodePorts, rules: filter.nodePorts },
        canaryChain,
        { name: CHAIN.proxyFirewall, rules: filter.proxyFirewall },
        { name: CHAIN.services, rules: filter.services },
      ]),
    ],
    [
      'nat',
      tableOf([
        ...builtInChains('nat'),
        markMasqueradeChain,
        { name: CHAIN.nodePorts, rules: nat.nodePorts },
        postroutingChain,
        canaryChain,
        { name: CHAIN.services, rules: [...nat.services, toNodePorts] },
        ...plans.flatMap((plan) => plan.chains),
      ]),
    ],
  ])
}

function gathered(entries: readonly EntryRules[]): {
  nat: { services: Rule[]; nodePorts: Rule[] }
  filter: { services: Rule[]; externalServices: Rule[]; nodePorts: Rule[]; proxyFirewall: Rule[] }
} {
  return {
    nat: {
      services: entries.flatMap((entry) => entry.nat.services),
      nodePorts: entries.flatMap((entry) => entry.nat.nodePorts),
    },
    filter: {
      services: entries.flatMap((entry) => entry.filter.services),
      externalServices: entries.flatMap((entry) => entry.filter.externalServices),
      nodePorts: entries.flatMap((entry) => entry.filter.nodePorts),
      proxyFirewall: entries.flatMap((entry) => entry.filter.proxyFirewall),
    },
  }
}

/**
 * A planner that remembers: what is the same on all nodes is planned once for as long as the service port is the same,
 * and an endpoint's chain is the same object for as long as the endpoint stays.
 */
export function portPlanner(clusterCIDR: string): PortPlanner {
  const known = new WeakMap<ServicePort, Map<string, PortPlan>>()
  const endpointChains = new Map<string, ReadonlyMap<string, Chain>>()

  /** By the endpoint's target. Affinity is in the key, since those chains differ by it and nothing else. */
  function chainsFor(port: ServicePort): ReadonlyMap<string, Chain> {
    const key = `${port.name} ${port.protocol} ${port.affinitySeconds !== undefined}`
    const before = endpointChains.get(key)
    const chains = new Map(
      port.endpoints.map((endpoint) => {
        return [endpoint.target, before?.get(endpoint.target) ?? endpointChain(port, endpoint)]
      }),
    )
    if (chains.size > 0) endpointChains.set(key, chains)
    else endpointChains.delete(key)
    return chains
  }

  return (port, node) => {
    const plans = known.get(port) ?? new Map<string, PortPlan>()
    known.set(port, plans)
    const key = differsByNode(port) ? JSON.stringify(node) : String(node.nfacct)
    const plan = plans.get(key) ?? planPort(port, node, clusterCIDR, chainsFor(port))
    plans.set(key, plan)
    return plan
  }
}

function planPort(
  port: ServicePort,
  node: ProxyNode,
  clusterCIDR: string,
  endpointChains: ReadonlyMap<string, Chain>,
): PortPlan {
  const { cluster, local, reachable, anywhere } = routingOn(node, port)
  const destinations = (endpoints: readonly Endpoint[]): Destination[] =>
    endpoints.flatMap((endpoint) => {
      const chain = endpointChains.get(endpoint.target)
      return chain ? [{ endpoint, chain }] : []
    })
  const policy = (isLocal: boolean) => {
    if ((isLocal ? local : cluster).length === 0) return undefined
    return serviceChainName(isLocal ? 'SVL' : 'SVC', port)
  }
  const internal = policy(port.internalLocal)
  const external = policy(port.externalLocal)
  const firewalled = anywhere && port.loadBalancerIPs.length > 0 && port.sourceRanges.length > 0
  const policyChains = ([kind, endpoints]: readonly ['SVC' | 'SVL', readonly Endpoint[]]) => {
    if (endpoints.length === 0) return []
    const isInternal = internal === serviceChainName(kind, port)
    return [policyChain(kind, port, destinations(endpoints), isInternal ? clusterCIDR : undefined)]
  }
  return {
    entries: entryRules(port, { anywhere, internal, external, firewalled }, node),
    chains: [
      ...(anywhere && isExternallyAccessible(port) ? [externalChain(port, clusterCIDR, external)] : []),
      ...(firewalled ? [firewallChain(port, node)] : []),
      ...(
        [
          ['SVC', cluster],
          ['SVL', local],
        ] as const
      ).flatMap(policyChains),
      ...destinations(reachable).map(({ chain }) => chain),
    ],
  }
}
