import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type {
  ActiveRule,
  ActiveSet,
  IpSet,
  RuleSet,
  Side,
  WorkloadEndpoint,
} from '../../src/dataplane/calico/felix/active.ts'
import { MANIFEST_SETTINGS } from '../../src/dataplane/calico/rules/settings.ts'
import type { Surroundings } from '../../src/dataplane/calico/rules/surroundings.ts'

/** What a real Calico 3.23.5 had on three nodes; the folder's README says how it came about. */
export type Scene = 'noencap' | 'vxlan' | 'a-deny-all-ingress' | 'f-globalnetworkpolicy'

export const SCENES: readonly Scene[] = ['noencap', 'vxlan', 'a-deny-all-ingress', 'f-globalnetworkpolicy']
export const HOSTS = ['172.30.0.10', '172.30.0.11', '172.30.0.12']
const TUNNELS = ['192.168.135.130', '192.168.166.131', '192.168.104.3']
const WEB = new Set(['cali50aeaf5a85d', 'cali9beb1ed9b53'])

/** @param what `iptables` (Calico's lines only) or `ipset` */
export function golden(scene: Scene, what: 'iptables' | 'ipset', node: number): string {
  return readFileSync(
    join(import.meta.dirname, `../golden/calico/felix/${scene}-${what}.node${node}.txt`),
    'utf8',
  )
}

export function surroundingsOf(scene: Scene, node: number): Surroundings {
  const vxlan = scene === 'vxlan'
  return {
    settings: MANIFEST_SETTINGS,
    pools: [
      { cidr: '192.168.0.0/16', natOutgoing: true },
      ...(vxlan ? [{ cidr: '10.77.0.0/24', natOutgoing: false }] : []),
    ],
    ipip: false,
    vxlan,
    hosts: HOSTS,
    vxlanHosts: HOSTS.filter((_, index) => index !== node),
    tunnels: vxlan ? ['vxlan.calico'] : [],
    ownAddresses: ['127.0.0.0', '127.0.0.1', HOSTS[node] ?? '', ...(vxlan ? [TUNNELS[node] ?? ''] : [])],
    serviceCidrs: [],
  }
}

export const ANY: Side = {
  nets: [],
  notNets: [],
  ports: [],
  notPorts: [],
  ipSets: [],
  notIpSets: [],
  namedPorts: [],
  notNamedPorts: [],
}

export const rule = (action: ActiveRule['action'], rest: Partial<ActiveRule> = {}): ActiveRule => ({
  action,
  src: ANY,
  dst: ANY,
  ...rest,
})

const NONE: RuleSet = { inbound: [], outbound: [] }
const ALL: RuleSet = { inbound: [rule('allow')], outbound: [rule('allow')] }
const PROBES = { ...ANY, ipSets: ['s:o1PtQqUEspRKXZ7BgYzWL3yAnOpZ'] }

const POLICIES: Partial<Record<Scene, Readonly<Record<string, RuleSet>>>> = {
  'a-deny-all-ingress': { 'demo/knp.default.web-deny-all': NONE },
  'f-globalnetworkpolicy': {
    'default.deny-probe': {
      inbound: [
        rule('log', { protocol: 'tcp', src: PROBES }),
        rule('deny', { protocol: 'tcp', src: PROBES, dst: { ...ANY, ports: [{ first: 80, last: 80 }] } }),
      ],
      outbound: [],
    },
    'default.allow-rest': ALL,
  },
}

/** What the calculation makes of that scene's API. Which pods a node has is read from the recording. */
export function activeSetOf(scene: Scene, node: number): ActiveSet {
  const saved = golden(scene, 'iptables', node)
  const endpoints = [...saved.matchAll(/^-A cali-tw-(\S+) .* -j cali-pri-kns\.(\S+)$/gm)].map(
    ([, name = '', namespace = '']) => endpoint(scene, name, namespace),
  )
  const hasWeb = endpoints.some(({ ingress }) => ingress.length > 0)
  const profiles = new Set(endpoints.flatMap((one) => one.profiles))
  return {
    endpoints,
    policies: new Map(hasWeb ? Object.entries(POLICIES[scene] ?? {}) : []),
    profiles: new Map([...profiles].map((id) => [id, id.startsWith('kns.') ? ALL : NONE])),
    ipSets: new Map(hasWeb && scene === 'f-globalnetworkpolicy' ? [[PROBES.ipSets[0] ?? '', probes()]] : []),
  }
}

function endpoint(scene: Scene, interfaceName: string, namespace: string): WorkloadEndpoint {
  const account = namespace === 'kube-system' ? 'coredns' : 'default'
  const isWeb = WEB.has(interfaceName)
  return {
    interfaceName,
    addresses: [],
    ingress: isWeb ? Object.keys(POLICIES[scene] ?? {}) : [],
    egress: isWeb && scene === 'f-globalnetworkpolicy' ? ['default.allow-rest'] : [],
    profiles: [`kns.${namespace}`, `ksa.${namespace}.${account}`],
  }
}

function probes(): IpSet {
  return {
    id: PROBES.ipSets[0] ?? '',
    type: 'net',
    members: new Set(['192.168.104.2/32', '192.168.135.129/32']),
  }
}
