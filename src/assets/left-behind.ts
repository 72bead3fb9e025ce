import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive } from '../base/alive.ts'

/** The name of what only this process makes and removes: a file or folder beside others. */
export const ownName = (prefix: string): string => `${prefix}.${process.pid}.making`

/** Removes what processes that were killed left under names of {@link ownName}'s. */
export async function removeLeftBehind(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = name.startsWith(`${prefix}.`) && /^\.(\d+)\.making$/.exec(name.slice(prefix.length))?.[1]
    if (pid && !isAlive(Number(pid))) await rm(join(folder, name), { recursive: true, force: true })
  }
}
