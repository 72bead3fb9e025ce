import { PassThrough, type Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import type Docker from 'dockerode'
import { LabError } from '../../base/errors.ts'
import type { ExecOptions, ExecResult, MachineProcess } from '../../machine/machine.ts'
import { dockerError, statusOf } from './docker-error.ts'
import type { Endpoint } from './endpoint.ts'
import { readFrames } from './frames.ts'

/** A daemon and where it is. */
export interface Daemon {
  readonly docker: Docker
  readonly endpoint: Endpoint
}

export interface CommandOptions {
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Whether it has an input; without one it reads the end at once. */
  readonly stdin: boolean
}

/** A command in a container, as a process of this host would be: pipes, an exit code, signals. */
export interface RemoteCommand extends MachineProcess {
  /** Rejects where {@link MachineProcess.exited} resolves with 125: the container or Docker is not there. */
  readonly done: Promise<number>
}

/** What Docker's own CLI exits with when it is not the command that failed. */
const DOCKER_FAILED = 125

/**
 * What is run: Docker has no way to signal a command, so it tells its pid first, in a line of its own. It leads a session,
 * so that signals reach all that it started.
 */
const withPid = (argv: readonly string[]): string[] => ['/bin/sh', '-c', 'echo $$; exec "$@"', 'sh', ...argv]

/** Starts a command in a container. What fails shows in `done`. */
export function startCommand(
  { docker, endpoint }: Daemon,
  container: string,
  argv: readonly string[],
  options: CommandOptions,
): RemoteCommand {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  let leader: (pid: number | undefined) => void = () => {}
  const pid = new Promise<number | undefined>((resolve) => (leader = resolve))
  const run = async (): Promise<number> => {
    const exec = await docker.getContainer(container).exec({
      Cmd: withPid(argv),
      Env: envList(options.env),
      WorkingDir: options.cwd,
      AttachStdin: options.stdin,
      AttachStdout: true,
      AttachStderr: true,
    })
    const connection = await exec.start({ hijack: true, stdin: options.stdin })
    if (options.stdin) feed(stdin, connection)
    await readFrames(
      connection,
      afterFirstLine(stdout, (line) => leader(Number(line))),
      stderr,
    )
    return (await exec.inspect()).ExitCode ?? DOCKER_FAILED
  }
  const done = run().catch((thrown: unknown) => {
    throw commandError(thrown, container, endpoint)
  })
  const exited = done.catch((thrown: LabError) => {
    stderr.end(`${thrown.message}\n`)
    stdout.end()
    return DOCKER_FAILED
  })
  void exited.then(() => leader(undefined))
  return {
    pid: undefined,
    stdin,
    stdout,
    stderr,
    done,
    exited,
    kill: (signal = 'SIGTERM') => {
      const script = (group: number) => `kill -s ${signal.replace(/^SIG/, '')} -- -${group}`
      const send = async (group: number | undefined) => {
        if (group !== undefined) await runQuietly(docker, container, ['/bin/sh', '-c', script(group)])
      }
      // Who has ended, or is in a container that has, needs no signal.
      void pid.then(send).catch(() => {})
    },
  }
}

/** As timeout(1) has it. */
const TIMED_OUT = 124

/**
 * Runs a command in a container to completion.
 * @throws LabError KNET_MACHINE_GONE, KNET_DOCKER; the signal's reason when aborted.
 */
export async function runCommand(
  daemon: Daemon,
  container: string,
  argv: readonly string[],
  options: Omit<CommandOptions, 'stdin'> & Pick<ExecOptions, 'stdin' | 'timeoutMs' | 'signal'>,
): Promise<ExecResult> {
  const { signal, timeoutMs } = options
  signal?.throwIfAborted()
  const began = performance.now()
  const command = startCommand(daemon, container, argv, { ...options, stdin: options.stdin !== undefined })
  command.stdin.end(options.stdin)
  const said = Promise.all([text(command.stdout), text(command.stderr)])
  const givenUp = new Promise<'timeout' | 'aborted'>((resolve) => {
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => resolve('timeout'), timeoutMs)
    const onAbort = () => resolve('aborted')
    signal?.addEventListener('abort', onAbort, { once: true })
    const settle = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
    void command.exited.then(settle)
  })
  const outcome = await Promise.race([command.done, givenUp])
  if (typeof outcome === 'string') command.kill('SIGKILL')
  if (outcome === 'aborted') throw signal?.reason as Error
  if (outcome === 'timeout') await command.exited
  const [stdout, stderr] = await said
  return {
    argv,
    exitCode: outcome === 'timeout' ? TIMED_OUT : outcome,
    stdout,
    stderr,
    durationMs: performance.now() - began,
  }
}

/** A command nobody reads, which has ended when this resolves. */
async function runQuietly(docker: Docker, container: string, argv: readonly string[]): Promise<void> {
  const exec = await docker.getContainer(container).exec({ Cmd: [...argv], AttachStdout: true })
  const connection = await exec.start({ hijack: true, stdin: false })
  connection.resume()
  await new Promise((resolve) => connection.once('close', resolve))
}

export const envList = (env: Readonly<Record<string, string>>): string[] =>
  Object.entries(env).map(([name, value]) => `${name}=${value}`)

/** A command may end without reading its input: the broken pipe is its business. */
function feed(stdin: PassThrough, connection: Duplex): void {
  connection.on('error', () => {})
  stdin.pipe(connection)
}

/** A stream in front of another one that keeps the first line to itself. */
function afterFirstLine(target: PassThrough, onLine: (line: string) => void): PassThrough {
  const whole = new PassThrough()
  let first: Buffer | undefined = Buffer.alloc(0)
  whole.on('data', (chunk: Buffer) => {
    if (!first) {
      if (!target.write(chunk)) pauseUntilDrained(whole, target)
      return
    }
    first = Buffer.concat([first, chunk])
    const end = first.indexOf('\n')
    if (end < 0) return
    onLine(first.subarray(0, end).toString())
    const rest = first.subarray(end + 1)
    first = undefined
    if (rest.length > 0) target.write(rest)
  })
  whole.on('end', () => target.end())
  return whole
}

function pauseUntilDrained(source: PassThrough, target: PassThrough): void {
  source.pause()
  target.once('drain', () => source.resume())
}

/** What a container that is gone, stopped or not there means. */
export function commandError(thrown: unknown, container: string, endpoint: Endpoint): LabError {
  const status = statusOf(thrown)
  if (status !== 404 && status !== 409) return dockerError(thrown, endpoint)
  return new LabError('KNET_MACHINE_GONE', {
    message: `${container} is not running.`,
    hint: 'knet-labs reset --lab',
    cause: thrown,
  })
}
