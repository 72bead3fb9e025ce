import { isIPv4 } from 'node:net'
import { parseIPv4 } from '../../../net/ipv4.ts'
import type { BGPConfiguration, BGPPeer } from '../resources.ts'
import { parseSelector } from '../selector.ts'
import type { Speaker } from './speaker.ts'

/** One BGP session of a node, as its BIRD is to have it. */
export interface Session {
  /** Mesh_172_30_0_11, Global_2_2_2_2, Node_2_2_2_2: calicoctl node status reads the kind from it. */
  readonly name: string
  readonly neighbour: string
  readonly port: number | undefined
  readonly localAs: number
  readonly as: number
  /** Undefined leaves it to the kernel. */
  readonly source: string | undefined
  /** Waits for the other one to connect. */
  readonly passive: boolean
  /** The neighbour is a client of this route reflector, whose cluster this is. */
  readonly clientOf: string | undefined
  readonly keepNextHop: boolean
}

export interface Wishes {
  readonly speakers: readonly Speaker[]
  readonly configuration: BGPConfiguration | undefined
  readonly peers: readonly BGPPeer[]
}

const DEFAULT_AS = 64512

/** The sessions that one node has. Upstream: confd's bird.cfg template and its client's peer processing. */
export function sessionsOf(own: Speaker, wishes: Wishes): Session[] {
  const sessions = [
    ...meshSessions(own, wishes),
    ...wishes.peers.flatMap((peer) => peerSessions(own, peer, wishes)),
  ]
  const names = new Map(sessions.toReversed().map((session) => [session.name, session]))
  return [...names.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

export function asOf(speaker: Speaker, { configuration }: Wishes): number {
  return speaker.asNumber ?? configuration?.spec.asNumber ?? DEFAULT_AS
}

/** Everybody with everybody, but for route reflectors. Of two nodes the one with the lower address connects. */
function meshSessions(own: Speaker, wishes: Wishes): Session[] {
  const { speakers, configuration } = wishes
  if (configuration?.spec.nodeToNodeMeshEnabled === false || own.clusterID) return []
  const others = speakers.filter((other) => other.name !== own.name && !other.clusterID)
  return others.map((other) => ({
    ...sessionWith(own, other, 'Mesh', wishes),
    passive: number(other.address) > number(own.address),
    clientOf: undefined,
  }))
}

function peerSessions(own: Speaker, peer: BGPPeer, wishes: Wishes): Session[] {
  const { spec } = peer
  const kind = spec.node || spec.nodeSelector ? 'Node' : 'Global'
  const adjust = (session: Session): Session => ({
    ...session,
    source: spec.sourceAddress === 'None' ? undefined : session.source,
    keepNextHop: spec.keepOriginalNextHop ?? false,
  })
  if (spec.peerSelector)
    return nodePeers(own, peer, wishes).map((one) => adjust(sessionWith(own, one, kind, wishes)))
  const [neighbour = '', port] = (spec.peerIP ?? '').split(':')
  const as = spec.asNumber
  if (!isSpokenTo(own, peer) || !isIPv4(neighbour) || neighbour === own.address || !as) return []
  const known = wishes.speakers.find(({ address }) => address === neighbour)
  return [
    adjust({
      name: sessionName(kind, neighbour, port),
      neighbour,
      port: Number(port) || undefined,
      localAs: asOf(own, wishes),
      as,
      source: own.address,
      passive: false,
      clientOf: as === asOf(own, wishes) ? clusterFor(own, known) : undefined,
      keepNextHop: false,
    }),
  ]
}

/** Sessions between nodes have two ends: those that are selected as peers have them with those that they were selected for. */
function nodePeers(own: Speaker, peer: BGPPeer, { speakers }: Wishes): Speaker[] {
  const isPeer = matcher(peer.spec.peerSelector)
  const others = speakers.filter(({ name }) => name !== own.name)
  return others.filter(
    (other) =>
      (isSpokenTo(own, peer) && isPeer(other.labels)) || (isPeer(own.labels) && isSpokenTo(other, peer)),
  )
}

function isSpokenTo(speaker: Speaker, { spec }: BGPPeer): boolean {
  if (spec.node) return spec.node === speaker.name
  return matcher(spec.nodeSelector)(speaker.labels)
}

/** What is no selector selects nobody. */
function matcher(selector: string | undefined): (labels: Readonly<Record<string, string>>) => boolean {
  try {
    return parseSelector(selector ?? '')
  } catch {
    return () => false
  }
}

function sessionWith(own: Speaker, other: Speaker, kind: string, wishes: Wishes): Session {
  const localAs = asOf(own, wishes)
  const as = asOf(other, wishes)
  return {
    name: sessionName(kind, other.address),
    neighbour: other.address,
    port: undefined,
    localAs,
    as,
    source: own.address,
    passive: false,
    clientOf: as === localAs ? clusterFor(own, other) : undefined,
    keepNextHop: false,
  }
}

/** Reflectors of one cluster are no clients of each other. */
function clusterFor(own: Speaker, other: Speaker | undefined): string | undefined {
  return own.clusterID === other?.clusterID ? undefined : own.clusterID
}

function sessionName(kind: string, address: string, port?: string): string {
  return `${kind}_${address.replaceAll('.', '_')}${port ? `_port_${port}` : ''}`
}

function number(address: string): number {
  return parseIPv4(address) ?? 0
}
