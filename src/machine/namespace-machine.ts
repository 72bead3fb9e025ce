import { environmentInside, HOME } from './environment.ts'
import { hostAttach, hostExec, hostSpawn } from './host.ts'
import { inTerminal } from './inner-terminal.ts'
import type { Machine } from './machine.ts'
import { inFolder } from './quote.ts'

/** Namespaces, as nsenter calls them. */
export type NamespaceKind = 'user' | 'mnt' | 'net' | 'pid' | 'uts' | 'ipc' | 'cgroup'

const OPTION = {
  user: 'user',
  mnt: 'mount',
  net: 'net',
  pid: 'pid',
  uts: 'uts',
  ipc: 'ipc',
  cgroup: 'cgroup',
} as const

/** Every namespace that a machine has of its own. */
export const MACHINE_NAMESPACES = ['mnt', 'net', 'pid', 'uts', 'ipc'] as const

/**
 * The nsenter that joins namespaces of the process whose /proc folder is given: one call even through several layers,
 * because /proc/<holder>/root/proc/<pid> names the namespaces of a process that only the holder can number.
 * `keepCredentials`: don't become root there, one is already (a user's own id map has nothing else to become).
 */
export function enterArgv(
  namespaces: readonly (readonly [proc: string, kinds: readonly NamespaceKind[]])[],
  keepCredentials = false,
): string[] {
  return [
    'nsenter',
    ...namespaces.flatMap(([proc, kinds]) => kinds.map((kind) => `--${OPTION[kind]}=${proc}/ns/${kind}`)),
    ...(keepCredentials ? ['--preserve-credentials'] : []),
    '--',
  ]
}

/**
 * A machine that is a set of namespaces.
 * @param enter gives the argv that enters them and runs the words after it; asked for each command, since a rebuilt
 *   machine is in other namespaces. Throws a LabError when the machine is gone.
 */
export function namespaceMachine(name: string, enter: () => readonly string[]): Machine {
  const run = (argv: readonly string[], cwd?: string) => [...enter(), ...inFolder(argv, cwd)]
  const pipedCommand: Machine['terminalCommand'] = (argv, { env, cwd = HOME } = {}) => ({
    argv: run(argv, cwd),
    env: environmentInside(env),
  })
  const terminalCommand: Machine['terminalCommand'] = (argv, { env, cwd = HOME } = {}) => ({
    argv: [...enter(), ...inTerminal(inFolder(argv, cwd))],
    env: environmentInside({ SHELL: '/bin/sh', ...env }),
  })
  return {
    name,
    exec: async (argv, { env, cwd, ...options } = {}) =>
      hostExec(run(argv, cwd), { ...options, shownAs: argv, onlyEnv: environmentInside(env) }),
    spawn: (argv, { env, cwd, ...options } = {}) =>
      hostSpawn(run(argv, cwd), { ...options, onlyEnv: environmentInside(env) }),
    attach: async (argv, options = {}) => {
      const terminal = process.stdin.isTTY && process.stdout.isTTY
      const command = terminal ? terminalCommand(argv, options) : pipedCommand(argv, options)
      return hostAttach(command.argv, { onlyEnv: command.env })
    },
    terminalCommand,
  }
}

/** An interactive shell: bash where there is one. Its prompt says where you are. */
export const SHELL = [
  '/bin/sh',
  '-c',
  `command -v bash >/dev/null && exec bash -i; PS1='root@'$(hostname)':$PWD# ' exec sh -i`,
] as const
