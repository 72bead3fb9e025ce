import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { until } from '../../src/base/until.ts'

/** What a lab must leave on the host as it was. */
export interface HostState {
  readonly links: string
  readonly rules: string
  readonly mounts: string
  readonly namespaces: readonly string[]
}

export function hostState(): HostState {
  return {
    links: run('ip', '-o', 'link').replaceAll(/ (state|qlen|mode) \S+/g, ''),
    rules: process.getuid?.() === 0 ? run('iptables-save').replaceAll(/^#.*\n|\[\d+:\d+\]/gm, '') : '',
    mounts: readFileSync('/proc/self/mounts', 'utf8'),
    namespaces: readdirSync('/run').includes('netns') ? readdirSync('/run/netns') : [],
  }
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}

/** Processes that have a word in their command line or environment, such as the path of a test's own home. */
export function processesWith(word: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return []
    try {
      const said = ['cmdline', 'environ', 'mountinfo'].map((file) => readFileSync(`/proc/${pid}/${file}`))
      if (!said.some((text) => text.includes(word))) return []
      return [`${pid} ${String(said[0]).replaceAll('\0', ' ')}`]
    } catch {
      return []
    }
  })
}

/** The kernel takes namespaces apart in its own time, after the last process has gone. */
export async function expectNothingLeft(before: HostState, home: string): Promise<void> {
  let left: readonly string[] = []
  const clean = () => {
    const now = hostState()
    const changed = (Object.keys(now) as (keyof HostState)[]).filter(
      (key) => String(now[key]) !== String(before[key]),
    )
    left = [...changed, ...processesWith(home)]
    return left.length === 0
  }
  await until(clean, { what: 'the host to be as it was', deadlineMs: 10_000 }).catch(() => {
    throw new Error(`left on the host: ${left.join('; ')}`)
  })
}
