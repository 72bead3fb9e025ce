import type { Readable, Writable } from 'node:stream'

export interface ExecOptions {
  env?: Readonly<Record<string, string>>
  /** Sent to the command's standard input, which is otherwise empty. */
  stdin?: string | Uint8Array
  cwd?: string
  timeoutMs?: number
  signal?: AbortSignal
}

/** What a command said. Success and failure have the same shape; a non-zero exit is a result, not an error. */
export interface ExecResult {
  /** The command as the learner would type it, without the entering of namespaces. */
  readonly argv: readonly string[]
  /** 128 + signal number when a signal ended it, as shells have it; 124 on timeout, as timeout(1). */
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  readonly durationMs: number
}

/** How to start a program on this host for somebody who has a terminal for it. */
export interface TerminalCommand {
  readonly argv: readonly string[]
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>
}

/** A command that is running. */
export interface MachineProcess {
  /** Pid of the outermost process, in the caller's own pid namespace; undefined of a command on another kernel or in a daemon's care. */
  readonly pid: number | undefined
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** Resolves with the exit code (128 + signal number when killed); never rejects. */
  readonly exited: Promise<number>
  kill(signal?: NodeJS.Signals): void
}

/** A Linux box you can run commands in: namespaces, a container, a VM, or this host. */
export interface Machine {
  readonly name: string
  /** Runs to completion. @throws LabError KNET_EXEC_FAILED only when the command could not be started at all. */
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>
  /** Starts a command with pipes. The caller ends it. */
  spawn(argv: readonly string[], options?: Omit<ExecOptions, 'stdin' | 'timeoutMs'>): MachineProcess
  /** Hands the caller's terminal (stdin, stdout, stderr untouched) to a command; resolves with its exit code. */
  attach(argv: readonly string[], options?: Pick<ExecOptions, 'env' | 'cwd'>): Promise<number>
  /** What {@link attach} runs on a terminal, for another terminal than the caller's. */
  terminalCommand(argv: readonly string[], options?: Pick<ExecOptions, 'env' | 'cwd'>): TerminalCommand
}
