import { parseIPv4 } from '../../../net/ipv4.ts'
import type { BGPConfiguration, BGPPeer, SecretKeyRef } from '../resources.ts'
import { parseSelector } from '../selector.ts'
import { addressIn, numberIn, secondsIn, settingsOf, wordsIn } from './settings.ts'
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
  /** TCP's, RFC 2385. */
  readonly password: string | undefined
  /** Seconds for which routes stay when the neighbour is gone; BIRD's 120 when undefined. */
  readonly restartTime: number | undefined
  readonly allowLocalAs: number | undefined
  /** Hops that the neighbour may be away at most. */
  readonly ttlHops: number | undefined
  /** A gateway to the neighbour, for a route of its own. */
  readonly reachableBy: string | undefined
}

export interface Wishes {
  readonly speakers: readonly Speaker[]
  /** `default`, and `node.<name>` of nodes that have one. */
  readonly configurations: readonly BGPConfiguration[]
  readonly peers: readonly BGPPeer[]
  readonly passwordOf: (reference: SecretKeyRef | undefined) => string | undefined
}

const DEFAULT_AS = 64512
const LARGEST_AS = 2 ** 32 - 1
const LARGEST_PORT = 65535

/** The sessions that one node has. Upstream: confd's bird.cfg template and its client's peer processing. */
export function sessionsOf(own: Speaker, wishes: Wishes): Session[] {
  const sessions = [
    ...meshSessions(own, wishes),
    ...wishes.peers.flatMap((peer) => peerSessions(own, peer, wishes)),
  ]
  const names = new Map(sessions.toReversed().map((session) => [session.name, session]))
  return [...names.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function asOf(speaker: Speaker, { configurations }: Wishes): number {
  const { asNumber } = settingsOf(configurations, speaker.name)
  return speaker.asNumber ?? numberIn(asNumber, LARGEST_AS) ?? DEFAULT_AS
}

/** Where a node's BIRD listens; undefined where everybody's does. */
export function listenPortOf(
  node: string,
  { configurations }: Pick<Wishes, 'configurations'>,
): number | undefined {
  return numberIn(settingsOf(configurations, node).listenPort, LARGEST_PORT)
}

/** Everybody with everybody, but for route reflectors. Of two nodes the one with the higher address connects. */
function meshSessions(own: Speaker, wishes: Wishes): Session[] {
  const settings = settingsOf(wishes.configurations, own.name)
  if (settings.nodeToNodeMeshEnabled === false || own.clusterID) return []
  const others = wishes.speakers.filter((other) => other.name !== own.name && !other.clusterID)
  return others.map((other) => ({
    ...sessionWith(own, other, 'Mesh', wishes),
    passive: number(other.address) > number(own.address),
    clientOf: undefined,
    password: wordsIn(wishes.passwordOf(settings.nodeMeshPassword)),
    restartTime: secondsIn(settings.nodeMeshMaxRestartTime),
  }))
}

function peerSessions(own: Speaker, peer: BGPPeer, wishes: Wishes): Session[] {
  const { spec } = peer
  const kind = spec.node || spec.nodeSelector ? 'Node' : 'Global'
  const sessions = spec.peerSelector
    ? nodePeers(own, peer, wishes).map((other) => sessionWith(own, other, kind, wishes))
    : sessionWithAddress(own, peer, kind, wishes)
  return sessions.map((session) => ({
    ...session,
    source: spec.sourceAddress === 'None' ? undefined : session.source,
    keepNextHop: spec.keepOriginalNextHop === true && session.as !== session.localAs,
    password: wordsIn(wishes.passwordOf(spec.password)),
    restartTime: secondsIn(spec.maxRestartTime),
    allowLocalAs: numberIn(spec.numAllowedLocalASNumbers, 255),
    ttlHops: numberIn(spec.ttlSecurity, 254),
    reachableBy: addressIn(spec.reachableBy),
  }))
}

/** What is no address or no AS number is nobody's neighbour. */
function sessionWithAddress(own: Speaker, peer: BGPPeer, kind: string, wishes: Wishes): Session[] {
  const [host = '', tail = ''] = (peer.spec.peerIP ?? '').split(':')
  const address = addressIn(host)
  const as = numberIn(peer.spec.asNumber, LARGEST_AS)
  if (!isSpokenTo(own, peer) || !address || address === own.address || as === undefined) return []
  const port = numberIn(tail, LARGEST_PORT)
  const known = wishes.speakers.find((one) => one.address === address)
  return [sessionTo(own, { address, port, as, known }, kind, wishes)]
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
  const port = listenPortOf(other.name, wishes)
  const as = asOf(other, wishes)
  const session = sessionTo(own, { address: other.address, port, as, known: other }, kind, wishes)
  return { ...session, name: sessionName(kind, other.address) }
}

interface Neighbour {
  readonly address: string
  readonly port: number | undefined
  readonly as: number
  /** The node that has this address. */
  readonly known: Speaker | undefined
}

function sessionTo(own: Speaker, neighbour: Neighbour, kind: string, wishes: Wishes): Session {
  const { address, port, as, known } = neighbour
  const localAs = asOf(own, wishes)
  return {
    name: sessionName(kind, address, port),
    neighbour: address,
    port,
    localAs,
    as,
    source: own.address,
    passive: false,
    clientOf: as === localAs ? clusterFor(own, known) : undefined,
    keepNextHop: false,
    password: undefined,
    restartTime: undefined,
    allowLocalAs: undefined,
    ttlHops: undefined,
    reachableBy: undefined,
  }
}

/** Reflectors of one cluster are no clients of each other. */
function clusterFor(own: Speaker, other: Speaker | undefined): string | undefined {
  return own.clusterID === other?.clusterID ? undefined : own.clusterID
}

function sessionName(kind: string, address: string, port?: number): string {
  return `${kind}_${address.replaceAll('.', '_')}${port ? `_port_${port}` : ''}`
}

function number(address: string): number {
  return parseIPv4(address) ?? 0
}
