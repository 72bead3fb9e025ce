import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import { LabError, messageOf } from '../base/errors.ts'
import { childrenOf } from './children.ts'
import type { ExecOptions, ExecResult, Machine, MachineProcess } from './machine.ts'
import { inFolder } from './quote.ts'

/**
 * The only door to processes. Commands run by way of node:child_process: execa costs 30 ms to load and 3 ms a command
 * more, so it is loaded only by {@link hostRun}, which wants its way with streams.
 */

/** How a command is run on this host for somebody else. */
export interface HostOptions extends ExecOptions {
  /** What the result calls the command: without the entering of namespaces. */
  shownAs?: readonly string[]
  /** The whole environment; without it the command has this process's, and `env` on top. */
  onlyEnv?: Readonly<Record<string, string>>
}

type SpawnOptions = Omit<HostOptions, 'stdin' | 'timeoutMs'>

const TIMED_OUT = 124

function start(argv: readonly string[], options: SpawnOptions, stdio: StdioOptions, detached: boolean) {
  const [file = '', ...args] = argv
  const env = { ...(options.onlyEnv ?? process.env), ...options.env }
  return spawn(file, args, {
    stdio,
    env,
    // On Windows it would be a window, and there is no process group to signal.
    detached: detached && process.platform !== 'win32',
    windowsHide: true,
    ...(options.cwd ? { cwd: options.cwd } : {}),
  })
}

function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  return signal ? 128 + constants.signals[signal] : (code ?? 0)
}

function failedToStart(argv: readonly string[], cause: unknown): LabError {
  return new LabError('KNET_EXEC_FAILED', {
    message: `Could not start ${argv[0]}: ${messageOf(cause)}.`,
    cause,
  })
}

function notStarted(argv: readonly string[]): LabError {
  return failedToStart(argv, new Error('no such program, or no more processes'))
}

/** Signals a child started with `detached`, and all in its process group: nsenter and what it entered to run. */
function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    child.kill(signal)
  }
}

/**
 * Runs a command to completion.
 * @throws LabError KNET_EXEC_FAILED when it can't be started; the signal's reason when aborted.
 */
export async function hostExec(argv: readonly string[], options: HostOptions = {}): Promise<ExecResult> {
  const began = performance.now()
  const shown = options.shownAs ?? argv
  options.signal?.throwIfAborted()
  const child = start(argv, options, [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'], true)
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
  // A command may end without reading its input: the broken pipe is its business.
  child.stdin?.on('error', () => {})
  child.stdin?.end(options.stdin)

  return await new Promise((resolve, reject) => {
    let timedOut = false
    const onAbort = () => killGroup(child, 'SIGKILL')
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true
            killGroup(child, 'SIGKILL')
          }, options.timeoutMs)
    options.signal?.addEventListener('abort', onAbort, { once: true })
    const settle = () => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', onAbort)
    }
    child.once('error', (error) => {
      settle()
      reject(failedToStart(argv, error))
    })
    child.once('close', (code, signal) => {
      settle()
      if (options.signal?.aborted) {
        reject(options.signal.reason as Error)
        return
      }
      resolve({
        argv: shown,
        exitCode: timedOut ? TIMED_OUT : exitCodeOf(code, signal),
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
        durationMs: performance.now() - began,
      })
    })
  })
}

/** A process of this host. */
export interface HostProcess extends MachineProcess {
  readonly pid: number
}

/** Starts a command with pipes, in a process group of its own. @throws LabError KNET_EXEC_FAILED. */
export function hostSpawn(argv: readonly string[], options: SpawnOptions = {}): HostProcess {
  return supervise(argv, start(argv, options, 'pipe', true), options.signal)
}

/** A child that can be let go. */
export interface Separable extends HostProcess {
  /** Closes the pipes to it, and lets this process end while it lives on. */
  release(): void
}

/** The descriptor of a listening net.Server: what `listen({ fd })` reads, but as Node has no public name for it. */
export function descriptorOf(server: object): number {
  const fd = (server as { _handle?: { fd?: number } })._handle?.fd
  if (fd === undefined || fd < 0) throw new TypeError('only a server that listens can be handed on')
  return fd
}

/**
 * Starts a command with pipes for stdin, stdout and stderr, and gives it descriptors of this process as 3, 4, ….
 * @throws LabError KNET_EXEC_FAILED.
 */
export function hostSpawnWith(
  argv: readonly string[],
  descriptors: readonly number[],
  options: SpawnOptions = {},
): Separable {
  const child = start(argv, options, ['pipe', 'pipe', 'pipe', ...descriptors], true)
  const supervised = supervise(argv, child, options.signal)
  return {
    ...supervised,
    release() {
      for (const stream of [supervised.stdin, supervised.stdout, supervised.stderr]) stream.destroy()
      child.unref()
    },
  }
}

function supervise(argv: readonly string[], child: ChildProcess, signal?: AbortSignal): HostProcess {
  const [stdin, stdout, stderr] = [child.stdin, child.stdout, child.stderr] as [Writable, Readable, Readable]
  if (child.pid === undefined) {
    child.once('error', () => {})
    throw notStarted(argv)
  }
  stdin.on('error', () => {})
  const kill = (with_: NodeJS.Signals = 'SIGTERM') => killGroup(child, with_)
  const onAbort = () => kill('SIGKILL')
  signal?.addEventListener('abort', onAbort, { once: true })
  if (signal?.aborted) onAbort()
  const exited = new Promise<number>((resolve) => {
    child.once('exit', (code, by) => {
      signal?.removeEventListener('abort', onAbort)
      resolve(exitCodeOf(code, by))
    })
  })
  return { pid: child.pid, stdin, stdout, stderr, exited, kill }
}

/**
 * Starts a program that outlives this process and has nothing of it: a session of its own, no streams, no folder.
 * What it has to say is between the two. @throws LabError KNET_EXEC_FAILED.
 */
export function hostDaemon(
  argv: readonly string[],
  { env }: { env?: Readonly<Record<string, string>> } = {},
): void {
  const child = start(argv, { cwd: '/', ...(env ? { env } : {}) }, 'ignore', true)
  child.once('error', () => {})
  child.unref()
  if (child.pid === undefined) throw notStarted(argv)
}

/** nsenter has a child for the command, which would live on without it. */
function passOn(child: ChildProcess, signal: NodeJS.Signals): void {
  const inside = childrenOf(child.pid ?? 0)
  child.kill(signal)
  for (const pid of inside) {
    try {
      process.kill(pid, signal)
    } catch {
      // It has just ended.
    }
  }
}

/**
 * Hands this process's terminal to a command and waits for it. This process stops reading stdin first, or it would
 * steal the command's keystrokes, and leaves Ctrl-C and Ctrl-\ to the command until it is back.
 */
export async function hostAttach(argv: readonly string[], options: SpawnOptions = {}): Promise<number> {
  const { stdin } = process
  const wasFlowing = stdin.readableFlowing === true
  const wasRaw = stdin.isTTY && stdin.isRaw
  let child: ChildProcess | undefined
  const leave = () => {}
  const forward = (signal: NodeJS.Signals) => child && passOn(child, signal)
  // Before the terminal makes signals of keys, which would end this process too.
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, leave)
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, forward)
  try {
    if (wasRaw) stdin.setRawMode(false)
    if (wasFlowing) stdin.pause()
    const started = start(argv, options, 'inherit', false)
    child = started
    return await new Promise<number>((resolve, reject) => {
      started.once('error', (error) => reject(failedToStart(argv, error)))
      // Of a Ctrl-C that ended it a process with several threads may hear after its end, in the same turn.
      started.once('exit', (code, signal) => setImmediate(() => resolve(exitCodeOf(code, signal))))
    })
  } finally {
    if (wasRaw) stdin.setRawMode(true)
    if (wasFlowing) stdin.resume()
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.off(signal, leave)
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.off(signal, forward)
  }
}

/**
 * Runs a long command whose output people want to see as it comes, such as a package manager's: each line goes to
 * `onLine`, and the last of them are kept for the error. Never prompts: its stdin is empty.
 */
export async function hostRun(
  argv: readonly string[],
  options: { env?: Readonly<Record<string, string>>; onLine: (line: string) => void; signal?: AbortSignal },
): Promise<{ exitCode: number; lastLines: readonly string[] }> {
  const { execa } = await import('execa')
  const [file = '', ...args] = argv
  const lastLines: string[] = []
  const child = execa(file, args, {
    env: { ...options.env },
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
    ...(options.signal ? { cancelSignal: options.signal } : {}),
  })
  for await (const line of child.iterable({ from: 'all' })) {
    options.onLine(line)
    lastLines.push(line)
    if (lastLines.length > 20) lastLines.shift()
  }
  const result = await child
  options.signal?.throwIfAborted()
  if (result.exitCode === undefined && !result.signal) throw failedToStart(argv, result.cause)
  return {
    exitCode: exitCodeOf(result.exitCode ?? null, result.signal ?? null),
    lastLines,
  }
}

/** This host as a machine. */
export function hostMachine(name = 'host'): Machine {
  return {
    name,
    exec: hostExec,
    spawn: hostSpawn,
    attach: hostAttach,
    terminalCommand: (argv, { env, cwd } = {}) => ({
      argv: inFolder(argv, cwd),
      env: Object.fromEntries(
        Object.entries({ ...process.env, ...env }).filter(
          (entry): entry is [string, string] => entry[1] !== undefined,
        ),
      ),
    }),
  }
}
