import { PassThrough, Writable } from 'node:stream'
import { messageOf } from '../base/errors.ts'
import type { RunningExec, StreamOptions } from '../kube/kubelet/runtime.ts'
import { hostSpawn } from '../machine/host.ts'
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
  const entering = enterArgv(target, argv)
  return options.tty ? execWithTerminal(entering, target, options) : execWithPipes(entering, options)
}

/** The shell is for changing folders; `env` comes after it, since shells drop variables whose names they don't like. */
function enterArgv({ pid, environment, workingDir }: ExecTarget, argv: readonly string[]): string[] {
  const assignments = Object.entries(environment).map((pair) => pair.join('='))
  const enter = `nsenter --target ${pid} --mount --uts --ipc --net --pid --`
  const inFolder = ['sh', '-c', 'cd "$0" 2>/dev/null; exec "$@"', workingDir]
  return [...enter.split(' '), ...inFolder, 'env', '-i', ...assignments, ...argv]
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
function execWithTerminal(
  entering: readonly string[],
  target: ExecTarget,
  options: StreamOptions,
): RunningExec {
  const stdout = new PassThrough()
  let size: Size = { columns: 80, rows: 24 }
  let killed = false
  const opened = openTerminal(entering, target, size)
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

function openTerminal(entering: readonly string[], { environment }: ExecTarget, size: Size) {
  const term = environment['TERM'] ?? 'xterm'
  const argv = entering.toSpliced(entering.indexOf('-i') + 1, 0, `TERM=${term}`)
  return openPty({ argv, env: { ...(process.env as Record<string, string>), TERM: term } }, size)
}
