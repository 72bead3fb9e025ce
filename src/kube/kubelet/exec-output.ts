import { text } from 'node:stream/consumers'
import type { RunningContainer } from './runtime.ts'

/** Runs a command in a container to its end, for probes and hooks. Exit code 124 when time was up. */
export async function execOutput(
  container: RunningContainer,
  argv: readonly string[],
  timeoutMs: number,
): Promise<{ exitCode: number; output: string }> {
  const running = container.exec(argv, { stdin: false, tty: false })
  let late = false
  const timer = setTimeout(() => {
    late = true
    running.kill()
  }, timeoutMs)
  const outputs = [running.stdout, running.stderr].map((stream) =>
    stream ? text(stream).catch(() => '') : '',
  )
  const [exitCode, ...texts] = await Promise.all([running.exited, ...outputs])
  clearTimeout(timer)
  return { exitCode: late ? 124 : exitCode, output: texts.join('') }
}
