/** The bits of a packet's mark that are Felix's: the first four of its default mask, 0xffff0000. Upstream: felix, IptablesMarkMask. */
export const MARK = {
  /** A policy or profile lets the packet through. */
  accept: 0x10000,
  /** A policy leaves the packet to the profiles. */
  pass: 0x20000,
  /** Rules' own, for a moment. */
  scratch: 0x40000,
  otherScratch: 0x80000,
} as const

export const ALL_MARKS = MARK.accept | MARK.pass | MARK.scratch | MARK.otherScratch

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
