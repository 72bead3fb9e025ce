import { closeSync, constants, openSync, writeSync } from 'node:fs'
import type { TerminalCommand } from './machine.ts'
import { TypedInput } from './typed-input.ts'

interface Size {
  readonly columns: number
  readonly rows: number
}

/** A program on a pseudo-terminal of this host. */
export interface Pty {
  onData(listener: (bytes: Uint8Array) => void): void
  /** `exitCode` as shells have it: 128 + signal number when a signal ended it. */
  onExit(listener: (exitCode: number) => void): void
  write(bytes: Uint8Array): void
  resize(size: Size): void
  pause(): void
  resume(): void
  /** Hangs up: what runs there is told by SIGHUP, and what it says afterwards is lost. */
  hangUp(): void
  /** Ends it at once. */
  kill(): void
}

/** node-pty as it is on Unix; its types know it only with an encoding, and leave some out. */
interface UnixPty {
  /** The pseudo-terminal's master, O_NONBLOCK. */
  readonly fd: number
  /** The slave's path. */
  readonly ptsName: string
  onData(listener: (bytes: Uint8Array) => void): unknown
  destroy(): void
}

/**
 * Starts a program. What can't be started ends at once, with a word about it as output.
 * node-pty is native code that not every platform has, so it is loaded no sooner than here.
 */
export async function openPty({ argv, env }: TerminalCommand, size: Size): Promise<Pty> {
  const { spawn } = await import('@lydell/node-pty')
  const [file = '', ...args] = argv
  const pty = spawn(file, args, {
    name: env['TERM'] ?? 'xterm-256color',
    cols: size.columns,
    rows: size.rows,
    cwd: '/',
    env: { ...env },
    encoding: null,
  })
  const unix = pty as unknown as UnixPty
  // Held open, as Node drops what has yet to be read from a pseudo-terminal when the last program lets go of it.
  const slave = openSync(unix.ptsName, constants.O_RDWR | constants.O_NOCTTY)
  // node-pty's own `write` keeps the whole process waiting for a program that doesn't read.
  const input = new TypedInput((bytes) => writeNow(unix.fd, bytes))
  return {
    onData: (listener) => void unix.onData(listener),
    onExit: (listener) =>
      void pty.onExit(({ exitCode, signal }) => {
        closeSync(slave)
        input.end()
        listener(signal ? 128 + signal : exitCode)
      }),
    write: (bytes) => input.write(bytes),
    resize({ columns, rows }) {
      try {
        pty.resize(columns, rows)
      } catch {
        // It has been closed a moment ago; onExit is about to say so.
      }
    },
    pause: () => pty.pause(),
    resume: () => pty.resume(),
    hangUp: () => {
      input.end()
      unix.destroy()
    },
    kill: () => pty.kill('SIGKILL'),
  }
}

/** What cannot be written for another reason than room is for nobody any more: its program has ended. */
function writeNow(fd: number, bytes: Uint8Array): number {
  try {
    return writeSync(fd, bytes)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 0 : bytes.length
  }
}
