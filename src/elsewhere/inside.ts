import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Paths } from '../base/paths.ts'
import { hostAttach, hostExec } from '../machine/host.ts'
import type { ExecResult } from '../machine/machine.ts'
import type { Elsewhere } from './elsewhere.ts'

/** What of this terminal and its user's wishes matters to the knet-labs there. */
const CARRIED = ['CI', 'COLORTERM', 'KNET_DEBUG', 'NO_COLOR', 'TERM']

/** A command line of the knet-labs there. */
function commandThere(words: readonly string[], env: NodeJS.ProcessEnv): string[] {
  const carried = CARRIED.flatMap((name) => (env[name] ? [`${name}=${env[name]}`] : []))
  return ['env', 'LANG=C.UTF-8', ...carried, 'knet-labs', ...words]
}

/** Runs knet-labs there on this process's stdin, stdout and stderr. @returns its exit code. */
export function attachInside(
  there: Elsewhere,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const tty = process.stdin.isTTY && process.stdout.isTTY
  return hostAttach(there.enter(commandThere(words, env), { tty }))
}

/** What knet-labs there answers. */
export function askInside(there: Elsewhere, words: readonly string[]): Promise<ExecResult> {
  return hostExec(there.enter(commandThere(words, {}), { tty: false }), { timeoutMs: 60_000 })
}

/** The labs that run there; none when nobody answers. */
export async function runningInside(there: Elsewhere): Promise<string[]> {
  const { exitCode, stdout } = await askInside(there, ['list', '--json'])
  if (exitCode !== 0) return []
  const { labs } = JSON.parse(stdout) as { labs: { id: string; running: boolean }[] }
  return labs.filter(({ running }) => running).map(({ id }) => id)
}

/** The learner's progress is kept on this host, where it outlives the place, and lent to the place for as long as the lab is there. */
const progressHere = (paths: Paths, lab: string) => join(paths.lab(lab), 'progress.json')
const progressThere = (lab: string) => `/root/.local/state/knet-labs/labs/${lab}/progress.json`

export async function lendProgress(there: Elsewhere, paths: Paths, lab: string): Promise<void> {
  const progress = readText(progressHere(paths, lab))
  if (progress === undefined) return
  const put = ['sh', '-c', 'mkdir -p "${1%/*}" && cat >"$1"', '-', progressThere(lab)]
  await hostExec(there.enter(put, { tty: false }), { stdin: progress, timeoutMs: 60_000 })
}

export async function bringProgressBack(there: Elsewhere, paths: Paths, lab: string): Promise<void> {
  const get = there.enter(['cat', progressThere(lab)], { tty: false })
  const { exitCode, stdout } = await hostExec(get, { timeoutMs: 60_000 })
  const file = progressHere(paths, lab)
  if (exitCode !== 0 || !stdout || stdout === readText(file)) return
  mkdirSync(paths.lab(lab), { recursive: true, mode: 0o700 })
  writeFileSync(`${file}.new`, stdout)
  renameSync(`${file}.new`, file)
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
