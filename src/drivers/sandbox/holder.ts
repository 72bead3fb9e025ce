import { readFileSync } from 'node:fs'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '../../base/until.ts'
import type { MachinePort } from '../../machine/driver.ts'
import type { Topology } from '../../machine/topology.ts'

/** The holder of a lab: the process whose death ends the lab. Kept as holder.json in the lab's run folder. */
export interface Holder {
  /** Of the holder's init, as this host numbers it. */
  readonly pid: number
  /** With the boot, makes the pid unmistakable: ticks from boot to the process' start, field 22 of /proc/<pid>/stat. */
  readonly startTime: string
  readonly bootId: string
  /** Who is root inside, as this host numbers ids: who enters as that id must not try to become another. */
  readonly uid: number
  readonly topology: Topology
  /** Of machines that run containers; they are in no user namespace. */
  readonly containers?: {
    /** The lab's control groups, one a hierarchy: they outlive their processes, and are to be removed. */
    readonly groups: readonly string[]
    /** Where this host reaches machines' ports, as `address:port`. */
    readonly published: readonly (MachinePort & { readonly at: string })[]
  }
}

const fileIn = (run: string) => join(run, 'holder.json')

/** Start time of a process, or undefined when there is none of that pid (a zombie counts as none). */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command's name, in parentheses, may itself contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

export async function writeHolder(run: string, holder: Holder): Promise<void> {
  const draft = `${fileIn(run)}.new`
  await writeFile(draft, JSON.stringify(holder), { mode: 0o600 })
  await rename(draft, fileIn(run))
}

export function isAlive(holder: Holder): boolean {
  return startTimeOf(holder.pid) === holder.startTime
}

/** The lab's holder if it is alive; what a dead one left is removed. */
export async function findHolder(run: string): Promise<Holder | undefined> {
  let holder: Holder
  try {
    holder = JSON.parse(await readFile(fileIn(run), 'utf8')) as Holder
  } catch {
    return undefined
  }
  if (holder.bootId === bootId() && isAlive(holder)) return holder
  await removeLeft(run, holder)
  await rm(fileIn(run), { force: true })
  return undefined
}

/** What a holder does not take with it when it ends. */
async function removeLeft(run: string, { containers }: Holder): Promise<void> {
  if (!containers) return
  const { removeGroups } = await import('./control-groups.ts')
  await removeGroups(containers.groups)
  await rm(join(run, 'storage'), { recursive: true, force: true })
}

/** Ends a holder and everything in it, and waits until the kernel has. */
export async function killHolder(run: string, holder: Holder): Promise<void> {
  try {
    process.kill(holder.pid, 'SIGKILL')
  } catch {
    return
  }
  // There is no event for the death of somebody else's child.
  await until(() => !isAlive(holder), {
    what: 'the sandbox to end',
    deadlineMs: 10_000,
    everyMs: 1,
    maxEveryMs: 10,
  })
  await removeLeft(run, holder)
}

/** Names of the labs in `<state>/labs` whose holder is alive. */
export async function liveLabs(labs: string, run: (name: string) => string): Promise<string[]> {
  const names = await readdir(labs).catch(() => [])
  const live = await Promise.all(names.map(async (name) => ((await findHolder(run(name))) ? [name] : [])))
  return live.flat().sort()
}
