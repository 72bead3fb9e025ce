import type { EndpointSlice, Node, Secret, Service } from '../../kube/objects.ts'
import { formatCidr, parseCidr } from '../../net/cidr.ts'
import { advertisedServices, serviceNetworks } from './bgp/advertised-services.ts'
import type { BirdPlan } from './bgp/bird-config.ts'
import { listenPortOf, sessionsOf, type Wishes } from './bgp/sessions.ts'
import { advertisementsOf, cidrIn, settingsOf } from './bgp/settings.ts'
import { speakerOf, type Speaker } from './bgp/speaker.ts'
import { poolRoutes, tunnelsFor, type Encapsulation, type PoolRoutes, type Tunnel } from './encapsulation.ts'
import type {
  BGPConfiguration,
  BGPPeer,
  BlockAffinity,
  FelixConfiguration,
  IPAMBlock,
  IPPool,
  SecretKeyRef,
} from './resources.ts'

/** All that the API says and that concerns one node's routes. */
export interface CalicoView {
  readonly nodes: readonly Node[]
  readonly pools: readonly IPPool[]
  readonly affinities: readonly BlockAffinity[]
  readonly blocks: readonly IPAMBlock[]
  readonly configurations: readonly BGPConfiguration[]
  readonly peers: readonly BGPPeer[]
  readonly felixConfigurations: readonly FelixConfiguration[]
  readonly services: readonly Service[]
  readonly slices: readonly EndpointSlice[]
  /** Of the namespace that calico/node runs in. */
  readonly secrets: readonly Secret[]
}

export interface NodePlan {
  readonly own: Speaker
  readonly speakers: readonly Speaker[]
  /** Those that are well formed. */
  readonly pools: readonly IPPool[]
  readonly routes: readonly PoolRoutes[]
  readonly tunnels: ReadonlySet<Tunnel>
  readonly bird: BirdPlan
}

/**
 * A node's routes; undefined while its own address is not in the API. What is malformed, which anyone may have written, has no part in it.
 * @param before how pools were routed, see {@link poolRoutes}
 */
export function planNode(
  name: string,
  view: CalicoView,
  before: ReadonlyMap<string, Encapsulation>,
): NodePlan | undefined {
  const speakers = view.nodes.flatMap((one) => speakerOf(one) ?? [])
  const own = speakers.find((one) => one.name === name)
  const subnet = own && parseCidr(`${own.address}/${own.prefix}`)
  if (!subnet) return undefined
  const pools = view.pools.flatMap(wellFormed)
  const affinities = view.affinities.flatMap(wellFormed)
  const routes = poolRoutes(own, { speakers, pools, affinities }, before)
  const wishes: Wishes = {
    speakers,
    configurations: view.configurations.filter(({ spec }) => spec),
    peers: view.peers.filter(({ spec }) => spec),
    passwordOf: (reference) => passwordIn(view.secrets, reference),
  }
  const settings = settingsOf(wishes.configurations, name)
  const blocks = affinities.filter(({ spec }) => spec.node === name && spec.state === 'confirmed')
  const bird: BirdPlan = {
    routerID: own.address,
    subnet: formatCidr(subnet),
    listenPort: listenPortOf(name, wishes),
    debug: debugOf(settings.logSeverityScreen),
    // A block of one address has the pod's route.
    blocks: blocks
      .map(({ spec }) => spec.cidr)
      .filter((cidr) => !cidr.endsWith('/32'))
      .sort(),
    pools: routes,
    services: advertisedServices(own, settings, view),
    serviceNetworks: serviceNetworks(settings),
    advertisements: advertisementsOf(settings),
    sessions: sessionsOf(own, wishes),
  }
  return { own, speakers, pools, routes, tunnels: tunnelsFor(routes), bird }
}

/** With its network as programs read it. */
function wellFormed<T extends IPPool | BlockAffinity>(object: T): T[] {
  const cidr = cidrIn(object.spec?.cidr)
  return cidr === undefined ? [] : [{ ...object, spec: { ...object.spec, cidr } }]
}

function passwordIn(secrets: readonly Secret[], reference: SecretKeyRef | undefined): string | undefined {
  const { name, key } = reference?.secretKeyRef ?? {}
  if (!name || !key) return undefined
  const data = secrets.find(({ metadata }) => metadata?.name === name)?.data?.[key]
  return data === undefined ? undefined : Buffer.from(data, 'base64').toString().trim()
}

function debugOf(severity: string | undefined): BirdPlan['debug'] {
  if (severity === 'Debug') return 'all'
  return severity === 'None' ? 'off' : 'states'
}
