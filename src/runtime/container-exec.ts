import { PassThrough, Writable } from 'node:stream'
import { messageOf } from '../base/errors.ts'
import type { RunningExec, StreamOptions } from '../kube/kubelet/runtime.ts'
import { hostSpawn } from '../machine/host.ts'
import { inTerminal } from '../machine/inner-terminal.ts'
import { openPty } from '../machine/pty.ts'

export interface ExecTarget {
  /** The container's first process, in our pid namespace. */
  readonly pid: number
  readonly environment: Readonly<Record<string, string>>
  readonly workingDir: string
}

/** What runs in the container could not be started at all: what docker and kubectl report as well. */
const CANNOT_START = 126

/** Runs a command in a container's namespaces, with pipes or with a terminal. */
export function execInContainer(
  target: ExecTarget,
  argv: readonly string[],
  options: StreamOptions,
): RunningExec {
  if (options.tty) return execWithTerminal(target, argv, options)
  return execWithPipes([...enterArgv(target.pid), ...inside(target, argv)], options)
}

function enterArgv(pid: number): string[] {
  return `nsenter --target ${pid} --mount --uts --ipc --net --pid --`.split(' ')
}

/** The shell is for changing folders; `env` comes after it, since shells drop variables whose names they don't like. */
function inside({ environment, workingDir }: ExecTarget, argv: readonly string[]): string[] {
  const assignments = Object.entries(environment).map((pair) => pair.join('='))
  return ['sh', '-c', 'cd "$0" 2>/dev/null; exec "$@"', workingDir, 'env', '-i', ...assignments, ...argv]
}

function execWithPipes(entering: readonly string[], options: StreamOptions): RunningExec {
  const child = hostSpawn(entering)
  if (!options.stdin) child.stdin.end()
  return {
    stdin: options.stdin ? child.stdin : undefined,
    stdout: child.stdout,
    stderr: child.stderr,
    resize: () => {},
    exited: child.exited,
    kill: () => child.kill('SIGKILL'),
  }
}

interface Size {
  readonly columns: number
  readonly rows: number
}

/** node-pty is native, so it is loaded when the first terminal is asked for; until then input and sizes are kept. */
function execWithTerminal(target: ExecTarget, argv: readonly string[], options: StreamOptions): RunningExec {
  const stdout = new PassThrough()
  let size: Size = { columns: 80, rows: 24 }
  let killed = false
  const opened = openTerminal(target, argv, size)
  const stdin = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      const passOn = async () => (await opened).write(chunk)
      // Without a terminal there is nobody to read it; `exited` tells why.
      passOn()
        .catch(() => {})
        .finally(done)
    },
  })
  const exited = opened.then(
    (terminal) =>
      new Promise<number>((resolve) => {
        if (killed) terminal.kill()
        terminal.resize(size)
        terminal.onData((data) => stdout.write(data))
        terminal.onExit((exitCode) => {
          stdout.end()
          resolve(exitCode)
        })
      }),
    (error: unknown) => {
      stdout.end(`knet-labs: no terminal: ${messageOf(error)}\r\n`)
      return CANNOT_START
    },
  )
  return {
    stdin: options.stdin ? stdin : undefined,
    stdout,
    stderr: undefined,
    resize: (columns, rows) => {
      size = { columns, rows }
      opened.then(
        (terminal) => terminal.resize(size),
        () => {},
      )
    },
    exited,
    kill: () => {
      killed = true
      opened.then(
        (terminal) => terminal.kill(),
        () => {},
      )
    },
  }
}

/** The program's own terminal is one of the container's: ours has no name there. */
function openTerminal(target: ExecTarget, argv: readonly string[], size: Size) {
  const term = target.environment['TERM'] ?? 'xterm'
  const environment = { TERM: term, ...target.environment }
  const entering = [...enterArgv(target.pid), ...inTerminal(inside({ ...target, environment }, argv))]
  const env = { ...(process.env as Record<string, string>), SHELL: '/bin/sh', TERM: term }
  return openPty({ argv: entering, env }, size)
}
