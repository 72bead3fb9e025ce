import { openSync, closeSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { LabError } from '../../base/errors.ts'
import { descriptorOf, hostSpawnWith } from '../../machine/host.ts'
import type { MachineProcess } from '../../machine/machine.ts'
import { PATH_INSIDE } from '../../machine/places.ts'
import { BOOT, BORN } from './holder-script.ts'
import type { IdPlan } from './id-map.ts'

/** A holder that is being built by `<run>/boot`'s scripts. */
export interface StartingHolder {
  /** What it says, as it says it. Ends when the holder does, and when it has nothing left to say. */
  readonly events: AsyncIterable<HolderEvent>
  /** Ends with the holder. */
  readonly process: MachineProcess
  /** Lets it go on, once its ids are mapped. */
  go(): void
  /** Cuts the lifeline without ending it. */
  keep(): Promise<void>
  /** What it complained of. */
  complaints(): string
}

export type HolderEvent =
  /** The holder's init is there, of this pid on the host, and waits for its ids. */
  | { readonly type: 'born'; readonly pid: number }
  | { readonly type: 'ready' | 'failed'; readonly machine: string }

/** Namespaces of the holder, then the shell that waits for its ids and becomes what follows. */
const UNSHARE = [...'unshare --mount --net --pid --uts --ipc --fork -- sh -c'.split(' '), BORN, 'sh']
const UNSHARE_USER = ['unshare', '--user', ...UNSHARE.slice(1)]

/**
 * The command that becomes the holder. A user's own namespace comes first, since only in it may a user mount. Real root
 * lays the new root before that: mounts that come from outside a user namespace can't be undone in it. Then it becomes
 * the id that is root inside, keeping the one power that lets it make a user namespace where others may not.
 */
export function holderCommand(run: string, ids: IdPlan): string[] {
  const layRoot = ['sh', `${run}/boot/root.sh`]
  const holder = ['sh', `${BOOT}/holder.sh`]
  if (ids.by === 'none') return [...UNSHARE, ...layRoot, ...holder]
  if (ids.by !== 'root') return [...UNSHARE_USER, ...layRoot, ...holder]
  const { outside } = ids.ranges[0]
  const become = ['setpriv', `--reuid=${outside}`, `--regid=${outside}`, '--clear-groups']
  const keeping = ['--inh-caps=+sys_admin', '--ambient-caps=+sys_admin', '--']
  return ['unshare', '--mount', '--', ...layRoot, ...become, ...keeping, ...UNSHARE_USER, ...holder]
}

/** @throws LabError KNET_EXEC_FAILED, or KNET_LOG when the companion's log can't be written. */
export function startHolder(o: {
  run: string
  ids: IdPlan
  companion?: { inherit: readonly object[]; logFile: string } | undefined
  env: Readonly<Record<string, string>>
}): StartingHolder {
  const log = o.companion && openLog(o.companion.logFile)
  const child = (() => {
    try {
      const descriptors = log === undefined ? [] : [...(o.companion?.inherit ?? []).map(descriptorOf), log]
      return hostSpawnWith(holderCommand(o.run, o.ids), descriptors, {
        onlyEnv: { PATH: PATH_INSIDE, HOME: '/root', LANG: 'C.UTF-8', ...o.env },
        cwd: '/',
      })
    } finally {
      if (log !== undefined) closeSync(log)
    }
  })()
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  return {
    process: child,
    events: eventsOf(child),
    go: () => void child.stdin.write('go\n'),
    complaints: () => complaints.trim(),
    keep: () =>
      new Promise((resolve, reject) => {
        child.stdin.end('keep\n', (error?: Error | null) => {
          child.release()
          if (error) reject(error)
          else resolve()
        })
      }),
  }
}

async function* eventsOf(child: MachineProcess): AsyncGenerator<HolderEvent> {
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
    const [word, what = ''] = line.split(' ')
    if (word === 'born') yield { type: 'born', pid: Number(what) }
    else if (word === 'ready' || word === 'failed') yield { type: word, machine: what }
  }
}

function openLog(file: string): number {
  try {
    mkdirSync(dirname(file), { recursive: true })
    return openSync(file, 'w', 0o600)
  } catch (cause) {
    throw new LabError('KNET_LOG', { message: `Can't write the log ${file}.`, cause })
  }
}
