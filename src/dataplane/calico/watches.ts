import type { Informer, KubeClient } from '../../kube/client.ts'
import type { KubeObject } from '../../kube/objects.ts'
import { ENDPOINT_SLICES, NODES, SECRETS, SERVICES, type ResourceType } from '../../kube/resources.ts'
import { serviceNetworks } from './bgp/advertised-services.ts'
import { encapsulationOf } from './encapsulation.ts'
import type { CalicoView } from './plan.ts'
import {
  BGP_CONFIGURATIONS,
  BGP_PEERS,
  BLOCK_AFFINITIES,
  FELIX_CONFIGURATIONS,
  IP_POOLS,
  IPAM_BLOCKS,
  type BGPConfiguration,
  type BGPPeer,
  type IPPool,
} from './resources.ts'

/** The API as one node's routing sees it. */
export interface Watches {
  readonly synced: Promise<unknown>
  view(): CalicoView
  stop(): void
}

/** Where calico/node runs, and with it the secrets that peers name. */
const NAMESPACE = 'kube-system'

/** @param touch called after changes of what routes depend on: pods and services come and go and mostly change none */
export function watchCalico(client: KubeClient, touch: () => void): Watches {
  const informers: Pick<Informer<KubeObject>, 'synced' | 'stop'>[] = []
  const watch = <T extends KubeObject>(
    type: ResourceType<T>,
    matters: () => boolean,
    namespace?: string,
  ): Informer<T> => {
    const informer = client.informer(type, namespace === undefined ? {} : { namespace })
    const told = () => matters() && touch()
    informers.push(informer)
    void informer.synced.then(() => informer.onChange(told))
    return informer
  }
  const always = () => true
  const nodes = watch(NODES, always)
  const pools = watch(IP_POOLS, always)
  const affinities = watch(BLOCK_AFFINITIES, always)
  const configurations = watch(BGP_CONFIGURATIONS, always)
  const peers = watch(BGP_PEERS, always)
  const felixConfigurations = watch(FELIX_CONFIGURATIONS, always)
  const blocks = watch(IPAM_BLOCKS, () => wantsVxlan(pools.list()))
  const services = watch(SERVICES, () => tellsOfServices(configurations.list()))
  const slices = watch(ENDPOINT_SLICES, () => tellsOfServices(configurations.list()))
  const secrets = watch(SECRETS, () => namesSecrets(configurations.list(), peers.list()), NAMESPACE)

  function view(): CalicoView {
    return {
      nodes: nodes.list(),
      pools: pools.list(),
      affinities: affinities.list(),
      blocks: blocks.list(),
      configurations: configurations.list(),
      peers: peers.list(),
      felixConfigurations: felixConfigurations.list(),
      services: services.list(),
      slices: slices.list(),
      secrets: secrets.list(),
    }
  }

  return {
    synced: Promise.all(informers.map(({ synced }) => synced)),
    view,
    stop: () => informers.forEach((informer) => informer.stop()),
  }
}

function wantsVxlan(pools: readonly IPPool[]): boolean {
  return pools.some((pool) => pool.spec && encapsulationOf(pool).tunnel === 'vxlan')
}

function tellsOfServices(configurations: readonly BGPConfiguration[]): boolean {
  return configurations.some(({ spec }) => spec && serviceNetworks(spec).length > 0)
}

function namesSecrets(configurations: readonly BGPConfiguration[], peers: readonly BGPPeer[]): boolean {
  return configurations.some(({ spec }) => spec?.nodeMeshPassword) || peers.some(({ spec }) => spec?.password)
}
