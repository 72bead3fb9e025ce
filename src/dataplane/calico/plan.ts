import type { Node } from '../../kube/objects.ts'
import { formatCidr, parseCidr } from '../../net/cidr.ts'
import { birdConfig } from './bgp/bird-config.ts'
import { sessionsOf, type Wishes } from './bgp/sessions.ts'
import { speakerOf } from './bgp/speaker.ts'
import type { BGPConfiguration, BGPPeer, BlockAffinity, IPPool } from './resources.ts'

/** All that the API says and that concerns one node's Calico. */
export interface CalicoView {
  readonly nodes: readonly Node[]
  readonly pools: readonly IPPool[]
  readonly affinities: readonly BlockAffinity[]
  readonly configuration: BGPConfiguration | undefined
  readonly peers: readonly BGPPeer[]
}

/** Whether some pool's packets travel in IP-in-IP, so that nodes need tunl0. */
export function wantsTunnel(pools: readonly IPPool[]): boolean {
  return pools.some(({ spec }) => !spec.disabled && (spec.ipipMode ?? 'Never') !== 'Never')
}

/** BIRD's configuration for a node; undefined while its own address is not in the API. */
export function planBird(node: string, view: CalicoView): string | undefined {
  const speakers = view.nodes.flatMap((one) => speakerOf(one) ?? [])
  const own = speakers.find(({ name }) => name === node)
  const subnet = own && parseCidr(`${own.address}/${own.prefix}`)
  if (!subnet) return undefined
  const wishes: Wishes = { speakers, configuration: view.configuration, peers: view.peers }
  return birdConfig({
    routerID: own.address,
    subnet: formatCidr(subnet),
    blocks: view.affinities
      .filter(({ spec }) => spec.node === node && spec.state === 'confirmed' && parseCidr(spec.cidr))
      .map(({ spec }) => spec.cidr)
      .sort(),
    // Anyone may edit pools, and these go into BIRD's configuration.
    pools: view.pools.filter(({ spec }) => parseCidr(spec.cidr)).map(birdPool),
    sessions: sessionsOf(own, wishes),
  })
}

function birdPool({ spec }: IPPool) {
  return {
    cidr: spec.cidr,
    ipip: spec.ipipMode ?? 'Never',
    routedElsewhere: (spec.vxlanMode ?? 'Never') !== 'Never',
    hidden: spec.disableBGPExport ?? false,
  }
}
