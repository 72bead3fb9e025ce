import { DEFAULT_LEADER } from './router.ts'

/** The one key that a terminal does not get, and how the screen writes it. */
export interface Leader {
  readonly sequence: string
  readonly name: string
}

/** What xterm and its like send for F1 to F12. */
const FUNCTION_KEYS: readonly string[] = [
  ...['P', 'Q', 'R', 'S'].map((final) => `\x1bO${final}`),
  ...[15, 17, 18, 19, 20, 21, 23, 24].map((number) => `\x1b[${number}~`),
]

/**
 * F12, or what $KNET_LEADER names: `f1` to `f12`, or `ctrl-` and a letter or one of `] \ ^ _`, for those whose own terminal
 * or programs want F12. What it does not name is left alone.
 */
export function leaderFrom(env: NodeJS.ProcessEnv): Leader {
  const wanted = (env['KNET_LEADER'] ?? '').toLowerCase()
  const sequence = FUNCTION_KEYS[Number(/^f(\d+)$/.exec(wanted)?.[1]) - 1]
  if (sequence !== undefined) return { sequence, name: wanted }
  const [, sign] = /^ctrl-([a-z\]\\^_])$/.exec(wanted) ?? []
  // Ctrl clears bits 6 and 7; Enter, Tab and Escape are such keys too and must stay what they are.
  if (sign && !'ijm['.includes(sign)) {
    return { sequence: String.fromCharCode(sign.toUpperCase().charCodeAt(0) & 0x1f), name: wanted }
  }
  return { sequence: DEFAULT_LEADER, name: 'f12' }
}
