import type { TerminalCommand } from '../machine/machine.ts'
import type { Size } from './cells.ts'

/** A program on a pseudo-terminal of this host. */
export interface Pty {
  onData(listener: (bytes: Uint8Array) => void): void
  /** `exitCode` as shells have it: 128 + signal number when a signal ended it. */
  onExit(listener: (exitCode: number) => void): void
  write(bytes: Uint8Array | string): void
  resize(size: Size): void
  pause(): void
  resume(): void
  /** Hangs up: what runs there is told by SIGHUP, and what it says afterwards is lost. */
  hangUp(): void
}

/** node-pty as it is; its types know it only with an encoding, and leave out `destroy`. */
interface BytesPty {
  onData(listener: (bytes: Uint8Array) => void): unknown
  write(bytes: Uint8Array | string): void
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
    name: 'xterm-256color',
    cols: size.columns,
    rows: size.rows,
    cwd: '/',
    env: { ...env },
    encoding: null,
  })
  const bytes = pty as unknown as BytesPty
  return {
    onData: (listener) => void bytes.onData(listener),
    onExit: (listener) =>
      void pty.onExit(({ exitCode, signal }) => listener(signal ? 128 + signal : exitCode)),
    write: (data) => bytes.write(data),
    resize: ({ columns, rows }) => pty.resize(columns, rows),
    pause: () => pty.pause(),
    resume: () => pty.resume(),
    hangUp: () => bytes.destroy(),
  }
}
