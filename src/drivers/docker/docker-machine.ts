import { environmentInside, HOME } from '../../machine/environment.ts'
import type { Machine } from '../../machine/machine.ts'
import { attachCommand } from './attach.ts'
import { runCommand, startCommand, type Daemon } from './command.ts'

export interface DockerMachineOptions {
  readonly name: string
  /** The container's name: always the one that has it now, also after the machine was made anew. */
  readonly container: string
  readonly daemon: Daemon
  /** argv of our own program that does what `attach` does, on another terminal ({@link terminalProgram}). */
  readonly terminalProgram: readonly string[]
}

/** A machine that is a container. */
export function dockerMachine(o: DockerMachineOptions): Machine {
  const { name, container, daemon } = o
  return {
    name,
    exec: (argv, { env, cwd = '/', ...options } = {}) =>
      runCommand(daemon, container, argv, { ...options, cwd, env: environmentInside(env) }),
    spawn(argv, { env, cwd = '/', signal } = {}) {
      const command = startCommand(daemon, container, argv, {
        cwd,
        env: environmentInside(env),
        stdin: true,
      })
      const kill = () => command.kill('SIGKILL')
      signal?.addEventListener('abort', kill, { once: true })
      if (signal?.aborted) kill()
      void command.exited.then(() => signal?.removeEventListener('abort', kill))
      return command
    },
    attach: (argv, { env, cwd = HOME } = {}) =>
      attachCommand(daemon, container, argv, { cwd, env: environmentInside(env) }),
    terminalCommand: (argv, { env = {}, cwd = HOME } = {}) => ({
      argv: [
        ...o.terminalProgram,
        JSON.stringify({ endpoint: daemon.endpoint, container, cwd, env }),
        ...argv,
      ],
      env: ownEnvironment(),
    }),
  }
}

/** Our program finds Docker, and ssh its keys, as this process does. */
function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
