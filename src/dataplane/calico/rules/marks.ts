/** The bits of a packet's mark that are Felix's. */
export interface Marks {
  /** A policy or profile lets the packet through. */
  readonly accept: number
  /** A policy leaves the packet to the profiles. */
  readonly pass: number
  /** Rules' own, for a moment. */
  readonly scratch: number
  readonly otherScratch: number
}

const BITS = Array.from({ length: 32 }, (_, bit) => 2 ** bit)

/**
 * The first four of those that Felix may have, from the right; of its default ones where these are fewer, and upstream's Felix dies.
 * Upstream: felix/markbits, IptablesMarkMask.
 */
export function marksIn(mask: number): Marks {
  const [accept = 0, pass = 0, scratch = 0, otherScratch] = BITS.filter((bit) => (mask & bit) !== 0)
  return otherScratch === undefined ? marksIn(0xffff0000) : { accept, pass, scratch, otherScratch }
}

export function allOf({ accept, pass, scratch, otherScratch }: Marks): number {
  return accept + pass + scratch + otherScratch
}

export function isSet(mark: number): string {
  return `-m mark --mark ${hex(mark)}/${hex(mark)}`
}

export function isClear(mark: number): string {
  return `-m mark --mark 0/${hex(mark)}`
}

export function set(mark: number): string {
  return setMasked(mark, mark)
}

export function setMasked(mark: number, mask: number): string {
  return `--jump MARK --set-mark ${hex(mark)}/${hex(mask)}`
}

export function clear(mark: number): string {
  return `--jump MARK --set-mark 0/${hex(mark)}`
}

function hex(mark: number): string {
  return `0x${mark.toString(16)}`
}
