import {
  type Match,
  type Rule,
  type Target,
  addressType,
  comment,
  jump,
  option,
  port as portMatch,
} from '../../net/iptables/rule.ts'
import { serviceChainName } from './names.ts'
import type { ProxyNode } from './routing.ts'
import type { ServicePort } from './service-port.ts'

/** Rules that a service port adds to chains it shares with all others. */
export interface EntryRules {
  readonly nat: Readonly<Record<'services' | 'nodePorts', readonly Rule[]>>
  readonly filter: Readonly<
    Record<'services' | 'externalServices' | 'nodePorts' | 'proxyFirewall', readonly Rule[]>
  >
}

/** Where a service port's traffic goes on from those shared chains. */
export interface Entrances {
  /** Whether any node has an endpoint. */
  readonly anywhere: boolean
  /** The chain for the ClusterIP; undefined when nothing here takes that traffic. */
  readonly internal: string | undefined
  /** The policy chain behind KUBE-EXT; undefined when nothing here takes that traffic. */
  readonly external: string | undefined
  /** Whether there is a KUBE-FW before KUBE-EXT. */
  readonly firewalled: boolean
}

export function entryRules(port: ServicePort, entrances: Entrances, node: ProxyNode): EntryRules {
  const refusal = entrances.anywhere ? drop : reject
  const ext = jump(serviceChainName('EXT', port))
  const balanced = entrances.firewalled ? jump(serviceChainName('FW', port)) : ext
  const outside = [...port.externalIPs, ...port.loadBalancerIPs]
  const open = entrances.anywhere
  const refusedOutside = entrances.external === undefined
  return {
    nat: {
      services: [
        ...(entrances.internal ? [to(port, port.clusterIP, 'cluster IP', jump(entrances.internal))] : []),
        ...(open ? port.externalIPs.map((ip) => to(port, ip, 'external IP', ext)) : []),
        ...(open ? port.loadBalancerIPs.map((ip) => to(port, ip, 'loadbalancer IP', balanced)) : []),
      ],
      nodePorts: open ? toNodePort(port, ext, node) : [],
    },
    filter: {
      services: entrances.internal ? [] : [to(port, port.clusterIP, refusal.why, refusal.target)],
      externalServices: refusedOutside
        ? [
            ...outside.map((ip) => to(port, ip, refusal.why, refusal.target)),
            ...refusedNodePort(port, refusal),
          ]
        : [],
      nodePorts: healthCheck(port),
      proxyFirewall: entrances.firewalled ? port.loadBalancerIPs.map((ip) => firewalled(port, ip)) : [],
    },
  }
}

/** Comment and target where no endpoint can take the traffic. */
interface Refusal {
  readonly why: string
  readonly target: Target
}

/** None on any node: said at once. */
const reject: Refusal = {
  why: 'has no endpoints',
  target: jump('REJECT', option('--reject-with', 'icmp-port-unreachable')),
}

/** None on this node, which is all that the policy allows: a load balancer shall try another node. */
const drop: Refusal = { why: 'has no local endpoints', target: jump('DROP') }

function to(port: ServicePort, ip: string, what: string, target: Target): Rule {
  return {
    destination: { value: `${ip}/32` },
    protocol: { value: port.protocol },
    matches: [comment(`${port.name} ${what}`), portMatch(port.protocol, port.port)],
    target,
  }
}

/** Upstream counts what comes to a node port by 127.0.0.1, with a rule of its own, where the kernel can. */
function toNodePort(port: ServicePort, target: Target, node: ProxyNode): Rule[] {
  if (port.nodePort === undefined) return []
  const matches = [comment(port.name), portMatch(port.protocol, port.nodePort)]
  const rule: Rule = { protocol: { value: port.protocol }, matches, target }
  const counted: Rule = {
    ...rule,
    destination: { value: '127.0.0.0/8' },
    matches: [...matches, counter('localhost_nps_accepted_pkts')],
  }
  return node.nfacct ? [counted, rule] : [rule]
}

/** Counts packets in the kernel's accounting object of that name. */
export function counter(name: string): Match {
  return { module: 'nfacct', options: [option('--nfacct-name', name)] }
}

function refusedNodePort(port: ServicePort, { why, target }: Refusal): Rule[] {
  if (port.nodePort === undefined) return []
  const matches = [
    comment(`${port.name} ${why}`),
    addressType('dst', 'LOCAL'),
    portMatch(port.protocol, port.nodePort),
  ]
  return [{ protocol: { value: port.protocol }, matches, target }]
}

function healthCheck(port: ServicePort): Rule[] {
  if (port.healthCheckNodePort === undefined) return []
  const matches = [comment(`${port.name} health check node port`), portMatch('tcp', port.healthCheckNodePort)]
  return [{ protocol: { value: 'tcp' }, matches, target: jump('ACCEPT') }]
}

function firewalled(port: ServicePort, ip: string): Rule {
  return to(port, ip, `traffic not accepted by ${serviceChainName('FW', port)}`, jump('DROP'))
}
