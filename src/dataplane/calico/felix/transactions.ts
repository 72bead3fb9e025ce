/** Lines of iptables-restore that belong into one transaction. */
export type Step = readonly string[]

/**
 * How much goes into one transaction. iptables-nft sends it all at once, which in a user namespace must fit the socket's default buffer:
 * net.core.wmem_default, 208 KiB.
 */
const BYTES_A_COMMIT = 205_000
/** A rule that goes is sent whole as well. */
const LARGE_RULE = 1000
const RULE = 100
const OPTION = 130

/** Input for `iptables-restore --noflush`, with few transactions. */
export function transactions(table: string, steps: readonly Step[]): string {
  const all: string[][] = []
  let room = 0
  for (const step of steps) {
    const bytes = bytesOf(step)
    if (step.length === 0) continue
    if (bytes > room) {
      all.push([])
      room = BYTES_A_COMMIT
    }
    for (const line of step) all.at(-1)?.push(line)
    room -= bytes
  }
  return all.map((lines) => [`*${table}`, ...lines, 'COMMIT', ''].join('\n')).join('')
}

/** Makes a chain, and empties it if it is there. */
export function declare(chain: string): string {
  return `:${chain} - [0:0]`
}

export function fits(step: Step): boolean {
  return bytesOf(step) <= BYTES_A_COMMIT
}

/** The same in steps that each fit. */
export function inPieces(lines: readonly string[]): Step[] {
  const pieces: string[][] = []
  let room = 0
  for (const line of lines) {
    const bytes = bytesOf([line])
    if (bytes > room) {
      pieces.push([])
      room = BYTES_A_COMMIT
    }
    pieces.at(-1)?.push(line)
    room -= bytes
  }
  return pieces
}

/** At most: a comment alone takes 300 bytes. */
function bytesOf(step: Step): number {
  let bytes = 0
  for (const line of step) {
    bytes += line.startsWith('-D ') ? LARGE_RULE : RULE + OPTION * optionsIn(line)
  }
  return bytes
}

function optionsIn(line: string): number {
  let count = 0
  for (let at = line.indexOf(' -'); at >= 0; at = line.indexOf(' -', at + 2)) count++
  return count
}
