import type { Duplex } from 'node:stream'
import type Docker from 'dockerode'
import { hostAttach } from '../../machine/host.ts'
import { commandError, envList, startCommand, type CommandOptions, type Daemon } from './command.ts'

/**
 * Hands this process's stdin, stdout and stderr to a command in a container: with a terminal of its own there when they
 * are one here. @returns its exit code. @throws LabError KNET_MACHINE_GONE, KNET_DOCKER.
 */
export async function attachCommand(
  daemon: Daemon,
  container: string,
  argv: readonly string[],
  options: Omit<CommandOptions, 'stdin'>,
): Promise<number> {
  if (process.stdin.isTTY && process.stdout.isTTY) return attachTerminal(daemon, container, argv, options)
  return attachPipes(daemon, container, argv, options)
}

async function attachTerminal(
  { docker, endpoint }: Daemon,
  container: string,
  argv: readonly string[],
  { env, cwd }: Omit<CommandOptions, 'stdin'>,
): Promise<number> {
  try {
    const exec = await docker.getContainer(container).exec({
      Cmd: [...argv],
      Env: envList(env),
      WorkingDir: cwd,
      Tty: true,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
    })
    const connection = await exec.start({ hijack: true, stdin: true, Tty: true })
    await throughTerminal(connection, exec)
    return (await exec.inspect()).ExitCode ?? 0
  } catch (thrown) {
    throw commandError(thrown, container, endpoint)
  }
}

/** Every key goes to the other terminal as it is, Ctrl-C too, until that ends. */
async function throughTerminal(connection: Duplex, exec: Docker.Exec): Promise<void> {
  const { stdin, stdout } = process
  const fit = () => void exec.resize({ w: stdout.columns, h: stdout.rows }).catch(() => {})
  const wasFlowing = stdin.readableFlowing === true
  const wasRaw = stdin.isRaw
  await outputAsItIs(true)
  stdin.setRawMode(true)
  stdin.pipe(connection, { end: false })
  connection.pipe(stdout, { end: false })
  stdout.on('resize', fit)
  fit()
  try {
    await new Promise<void>((resolve, reject) => {
      connection.once('end', resolve).once('close', resolve).once('error', reject)
    })
  } finally {
    stdout.off('resize', fit)
    stdin.unpipe(connection)
    stdin.setRawMode(wasRaw)
    if (!wasFlowing) stdin.pause()
    connection.destroy()
    await outputAsItIs(false)
  }
}

/**
 * The other terminal makes line ends of its programs' line feeds; this one, which Node leaves to do it in raw mode too, must
 * not do it again. Where there is no stty(1) it does.
 */
async function outputAsItIs(asItIs: boolean): Promise<void> {
  await hostAttach(['stty', asItIs ? '-opost' : 'opost']).catch(() => {})
}

async function attachPipes(
  daemon: Daemon,
  container: string,
  argv: readonly string[],
  options: Omit<CommandOptions, 'stdin'>,
): Promise<number> {
  const { stdin, stdout, stderr } = process
  const command = startCommand(daemon, container, argv, { ...options, stdin: true })
  stdin.pipe(command.stdin)
  command.stdout.pipe(stdout, { end: false })
  command.stderr.pipe(stderr, { end: false })
  const forward = (signal: NodeJS.Signals) => command.kill(signal)
  const forwarded = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of forwarded) process.on(signal, forward)
  try {
    return await command.done
  } finally {
    for (const signal of forwarded) process.off(signal, forward)
    stdin.unpipe(command.stdin)
    stdin.pause()
    // An input that nobody closes must not keep this process.
    stdin.unref?.()
  }
}
