import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { badRequest } from '../../../../src/kube/api/refusals.ts'
import type { RunningExec } from '../../../../src/kube/kubelet/runtime.ts'
import type { PodAccess } from '../../../../src/kube/pod-access.ts'
import { PassThrough } from 'node:stream'

/** A kubelet whose containers are this machine: enough to prove what the API server carries. */
export function localPodAccess(): PodAccess {
  return {
    exec: async (_pod, container, argv, { stdin, tty }) => {
      if (container === 'nope') throw badRequest('container nope is not valid for pod p')
      return tty ? withTerminal(argv) : plain(argv, stdin)
    },
    attach: async (_pod, _container, { stdin }) => plain(['cat'], stdin),
    logs: async (_pod, { follow, tailLines, signal }) => logLines(follow ?? false, tailLines, signal),
    portForward: async (_pod, port) =>
      new Promise((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => resolve(socket)).on('error', reject)
      }),
    containerPid: () => ({ pid: process.pid, node: 'node0' }),
  }
}

function plain(argv: readonly string[], stdin: boolean): RunningExec {
  const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'] })
  return {
    stdin: child.stdin ?? undefined,
    stdout: child.stdout as NonNullable<typeof child.stdout>,
    stderr: child.stderr ?? undefined,
    resize: () => {},
    exited: new Promise((resolve) => child.on('close', (code) => resolve(code ?? 137))),
    kill: () => void child.kill('SIGKILL'),
  }
}

async function withTerminal(argv: readonly string[]): Promise<RunningExec> {
  const { spawn } = await import('@lydell/node-pty')
  const terminal = spawn(argv[0] ?? '', argv.slice(1), { cols: 80, rows: 24 })
  const stdout = new PassThrough()
  const stdin = new PassThrough()
  stdin.on('data', (data: Buffer) => terminal.write(data.toString()))
  terminal.onData((data) => stdout.write(data))
  return {
    stdin,
    stdout,
    stderr: undefined,
    resize: (columns, rows) => terminal.resize(columns, rows),
    exited: new Promise((resolve) =>
      terminal.onExit(({ exitCode }) => {
        stdout.end()
        resolve(exitCode)
      }),
    ),
    kill: () => terminal.kill(),
  }
}

async function* logLines(follow: boolean, tail: number | undefined, signal: AbortSignal | undefined) {
  const lines = ['one\n', 'two\n', 'three\n']
  yield* lines.slice(tail === undefined ? 0 : -tail)
  if (!follow) return
  yield 'and more\n'
  await new Promise((resolve) => signal?.addEventListener('abort', resolve))
}
