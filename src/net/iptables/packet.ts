/** A packet as rules see it. */
export interface Packet {
  readonly source: string
  readonly destination: string
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'icmp'
  readonly sourcePort?: number
  readonly destinationPort?: number
  /** The interface it came in by; absent for a packet the machine itself sends. */
  readonly in?: string
  /** The interface it leaves by, where rules ask for one. */
  readonly out?: string
  readonly mark?: number
  /** What conntrack says of it; NEW when absent. */
  readonly state?: 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID'
}

/** What a machine knows that decides matches and the way a packet takes. */
export interface Surroundings {
  /** The machine's own addresses; 127.0.0.0/8 always belongs to them. */
  readonly addresses: readonly string[]
  /** Whether the `recent` match has seen this source in that list within its time; never, when absent. */
  readonly recentlySeen?: (list: string, source: string) => boolean
}
