import { PassThrough, type Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { RunningExec } from '../../kubelet/runtime.ts'
import type { Status } from '../../objects.ts'

/** A client's ends of an exec or attach, whatever carries them. */
export interface RemoteStreams {
  readonly stdin: Readable | undefined
  readonly stdout: Writable | undefined
  readonly stderr: Writable | undefined
  onResize(listener: (columns: number, rows: number) => void): void
  /** Tells the client how it went, after all output, and closes. */
  finish(outcome: Status): void
  /** When the client is gone. */
  readonly closed: Promise<void>
}

/**
 * The command with its output held until someone reads it: a child process' unread output is thrown away when it exits,
 * and the client's streams take a moment.
 */
export function holdOutput(command: RunningExec): RunningExec {
  const hold = (stream: Readable) => {
    const held = new PassThrough()
    stream.on('error', (error) => held.destroy(error))
    return stream.pipe(held)
  }
  return {
    stdin: command.stdin,
    stdout: hold(command.stdout),
    stderr: command.stderr && hold(command.stderr),
    resize: (columns, rows) => command.resize(columns, rows),
    exited: command.exited,
    kill: () => command.kill(),
  }
}

/** Ties a running command to a client until either ends. */
export async function runRemoteCommand(command: RunningExec, streams: RemoteStreams): Promise<void> {
  void streams.closed.then(() => command.kill())
  streams.onResize((columns, rows) => command.resize(columns, rows))
  if (command.stdin) {
    // A command may end, or close its stdin, before it has read everything.
    command.stdin.on('error', () => {})
    streams.stdin?.pipe(command.stdin)
  }
  const output = Promise.allSettled([
    copy(command.stdout, streams.stdout),
    copy(command.stderr, streams.stderr),
  ])
  const code = await command.exited
  await output
  streams.finish(outcomeOf(code))
}

async function copy(from: Readable | undefined, to: Writable | undefined): Promise<void> {
  if (to && from) await pipeline(from, to, { end: false })
  else from?.resume()
}

/** As remotecommand.NewStatus in apimachinery: kubectl takes its own exit code from the cause. */
export function outcomeOf(code: number): Status {
  if (code === 0) return { metadata: {}, status: 'Success' }
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  }
}
