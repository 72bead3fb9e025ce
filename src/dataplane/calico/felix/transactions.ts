/** Lines of iptables-restore that belong into one transaction. */
export type Step = readonly string[]

/**
 * How many lines go into one transaction. iptables-nft sends each as one netlink message, which in a user namespace must fit the socket's
 * default buffer of 416 KiB, all of them together; a rule takes up to 1.1 KiB, also when it goes.
 */
export const LINES_A_COMMIT = 250

/** Input for `iptables-restore --noflush`, with few transactions. */
export function transactions(table: string, steps: readonly Step[]): string {
  const all: string[][] = []
  for (const step of steps) {
    const current = all.at(-1)
    if (step.length === 0) continue
    if (current && current.length + step.length <= LINES_A_COMMIT) current.push(...step)
    else all.push([...step])
  }
  return all.map((lines) => [`*${table}`, ...lines, 'COMMIT', ''].join('\n')).join('')
}

/** The same in steps that each fit. */
export function inPieces(lines: readonly string[]): Step[] {
  const count = Math.ceil(lines.length / LINES_A_COMMIT)
  return Array.from({ length: count }, (_, i) => lines.slice(i * LINES_A_COMMIT, (i + 1) * LINES_A_COMMIT))
}
