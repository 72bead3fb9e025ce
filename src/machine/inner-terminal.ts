import { commandLine } from './quote.ts'

/**
 * A command in a pseudo-terminal made where it runs: the caller's own belongs to a session whose processes are outside, so that a shell
 * could have no job control, and ttyname(3) no name. script(1) is part of util-linux, as nsenter is.
 */
export function inTerminal(argv: readonly string[]): readonly string[] {
  return ['script', '--quiet', '--return', '--command', `exec ${commandLine(argv)}`, '/dev/null']
}
