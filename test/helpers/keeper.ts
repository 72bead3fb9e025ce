import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import { until } from '../../src/base/until.ts'
import { hostDaemon } from '../../src/machine/host.ts'
import type { TerminalCommand } from '../../src/machine/machine.ts'
import { openTerminals } from '../../src/terminals/client.ts'
import type { Terminals, TerminalView } from '../../src/terminals/terminal.ts'
import { bundle } from './bundle.ts'

const MAIN = `import { runKeeper } from './program.mjs'\nawait runKeeper(process.argv[2])\nprocess.exit(0)\n`

/** The keeper as it is shipped: a file of its own, with node-pty beside it. */
export async function keeperProgram(): Promise<string> {
  const file = await bundle(resolve(import.meta.dirname, '../../src/terminals/keeper.ts'))
  symlinkSync(resolve(import.meta.dirname, '../../node_modules'), join(dirname(file), 'node_modules'))
  const main = join(dirname(file), 'main.mjs')
  writeFileSync(main, MAIN)
  return main
}

/** How the keeper is started. */
export function keeperArgv(program: string, socketPath: string): string[] {
  return [process.execPath, program, socketPath]
}

/** The keeper of a socket. */
export function keeperPid(socketPath: string): number {
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && argvOf(name)[2] === socketPath)
  if (pid === undefined) throw new Error(`nobody keeps ${socketPath}`)
  return Number(pid)
}

function argvOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}

/** Whether a process runs; one that waits for its parent to read its exit code does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** A socket's path for one test. Whatever keeper is there after the test is ended by its last client's leaving. */
export function socketForTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'knet-terminals-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'terminals.sock')
}

/** A client whose terminals are closed after the test, which ends the keeper. */
export function clientOf(program: string, socketPath: string): Terminals {
  const connect = () =>
    openTerminals({ socketPath, startKeeper: (path) => hostDaemon(keeperArgv(program, path)) })
  onTestFinished(async () => {
    const last = connect()
    for (const { id } of await last.list()) (await last.attach(id, { columns: 80, rows: 24 })).close()
    last.leave()
  })
  return connect()
}

/** A program of this host. */
export function command(...argv: string[]): TerminalCommand {
  return { argv, env: { PATH: process.env['PATH'] ?? '', PS1: '$ ', LANG: 'C.UTF-8', HOME: '/' } }
}

export const BASH = command('bash', '--norc', '--noprofile')

export function textOf(view: TerminalView): string {
  const rows = Array.from({ length: view.size.rows }, (_, y) => view.row(y).chars.join('').trimEnd())
  return rows.join('\n').trimEnd()
}

/** Waits until the view shows something; looks after each change, and tells what it shows when it does not. */
export async function sees(view: TerminalView, what: RegExp | ((text: string) => boolean)): Promise<string> {
  const matches = () => (what instanceof RegExp ? what.test(textOf(view)) : what(textOf(view)))
  try {
    return await until(() => (matches() ? textOf(view) : undefined), {
      what: String(what),
      deadlineMs: 10_000,
    })
  } catch (cause) {
    throw new Error(`${String(cause)} The screen:\n${textOf(view)}`, { cause })
  }
}
