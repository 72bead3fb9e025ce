import { cidrIn } from '../bgp/settings.ts'
import type { Speaker } from '../bgp/speaker.ts'
import type { Tunnel } from '../encapsulation.ts'
import type { FelixSettings } from '../felix-settings.ts'
import type { BGPConfiguration, IPPool } from '../resources.ts'
import type { Surroundings } from '../rules/surroundings.ts'

const DEVICES: Readonly<Record<Tunnel, string>> = { ipip: 'tunl0', vxlan: 'vxlan.calico' }
const TUNNELS: readonly Tunnel[] = ['ipip', 'vxlan']

/** What one node's Felix knows besides policy. Upstream: felix/calc, encapsulation_resolver.go, and what its managers hear of. */
export function surroundingsOf(
  node: string,
  view: {
    readonly speakers: readonly Speaker[]
    readonly pools: readonly IPPool[]
    readonly configurations: readonly BGPConfiguration[]
    readonly settings: FelixSettings
  },
): Surroundings {
  const { speakers, configurations, settings } = view
  const pools = view.pools.filter(({ spec }) => cidrIn(spec?.cidr))
  const own = speakers.find(({ name }) => name === node)
  const others = speakers.filter(({ name }) => name !== node)
  const has = {
    ipip: settings.tunnels.ipip ?? pools.some(({ spec }) => (spec.ipipMode ?? 'Never') !== 'Never'),
    vxlan: settings.tunnels.vxlan ?? pools.some(({ spec }) => (spec.vxlanMode ?? 'Never') !== 'Never'),
  }
  // Nodes have no tunnel where only the configuration asks for it. Those of a pool may send before they tell of theirs.
  const isPools = pools.some(({ spec }) => (spec.vxlanMode ?? 'Never') !== 'Never')
  const trusted = isPools ? others : others.filter((other) => other.tunnels.vxlan !== undefined)
  const tunnels = TUNNELS.filter((tunnel) => has[tunnel] && own?.tunnels[tunnel])
  return {
    settings: settings.rules,
    ...has,
    pools: pools.map(({ spec }) => ({
      cidr: cidrIn(spec.cidr) ?? '',
      natOutgoing: spec.natOutgoing ?? false,
    })),
    hosts: [...speakers.map(({ address }) => address), ...settings.externalNodes],
    vxlanHosts: [...trusted.map(({ address }) => address), ...settings.externalNodes],
    tunnels: tunnels.map((tunnel) => DEVICES[tunnel]),
    ownAddresses: own ? [own.address, ...tunnels.map((tunnel) => own.tunnels[tunnel] ?? '')] : [],
    serviceCidrs: serviceCidrs(configurations.find(({ metadata }) => metadata.name === 'default')),
  }
}

function serviceCidrs(configuration: BGPConfiguration | undefined): string[] {
  const { serviceClusterIPs, serviceExternalIPs, serviceLoadBalancerIPs } = configuration?.spec ?? {}
  const lists = [serviceClusterIPs, serviceExternalIPs, serviceLoadBalancerIPs]
  return lists.flatMap((list) => list ?? []).flatMap(({ cidr }) => cidrIn(cidr) ?? [])
}
