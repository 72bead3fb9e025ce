import { LabError } from '../../base/errors.ts'
import { connect } from './connect.ts'
import { dockerMachine } from './docker-machine.ts'
import type { Endpoint } from './endpoint.ts'

/** What {@link runTerminalProgram} is told by its first word, as JSON. */
export interface TerminalTarget {
  readonly endpoint: Endpoint
  readonly container: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/**
 * A command in a container on this process's terminal, which needs no docker CLI: what a pseudo-terminal of the screen's
 * runs. @returns the exit code.
 */
export async function runTerminalProgram([target = '', ...argv]: readonly string[]): Promise<number> {
  const { endpoint, container, cwd, env } = JSON.parse(target) as TerminalTarget
  try {
    const daemon = { docker: await connect(endpoint), endpoint }
    const machine = dockerMachine({ name: container, container, daemon, terminalProgram: [] })
    return await machine.attach(argv, { cwd, env })
  } catch (thrown) {
    if (!(thrown instanceof LabError)) throw thrown
    process.stderr.write(`${thrown.message}\n`)
    return thrown.exitCode
  }
}
