import { lchownSync, lstatSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface Caller {
  readonly uid: number
  readonly gid: number
}

/** Who called sudo, when this is root by way of it; undefined otherwise. */
export function sudoCaller(env: NodeJS.ProcessEnv, uid = process.getuid?.()): Caller | undefined {
  const caller = { uid: Number(env['SUDO_UID']), gid: Number(env['SUDO_GID']) }
  const isSudo = uid === 0 && env['SUDO_UID'] && env['SUDO_GID'] && caller.uid > 0
  return isSudo && Number.isInteger(caller.uid) && Number.isInteger(caller.gid) ? caller : undefined
}

/**
 * Gives a file or a folder with all in it to the caller of sudo, so that nothing of root's stays in their home.
 * Symbolic links are given away themselves, never followed. Does nothing without sudo.
 * @param except folders that are left as they are, such as a running lab's.
 */
export function giveToCaller(path: string, caller: Caller | undefined, except: readonly string[] = []): void {
  if (!caller || except.includes(path)) return
  lchownSync(path, caller.uid, caller.gid)
  for (const entry of entriesOf(path)) giveToCaller(join(path, entry), caller, except)
}

/**
 * Gives a folder of ours to the caller of sudo where it is in theirs, with the folders that were made on the way to it.
 * In root's own home it stays root's.
 */
export function leaveToCaller(path: string, caller: Caller | undefined, except: readonly string[]): void {
  if (!caller || !exists(path)) return
  const made: string[] = []
  for (let folder = dirname(path); ownerOf(folder) !== caller.uid; folder = dirname(folder)) {
    if (folder === dirname(folder)) return
    made.push(folder)
  }
  for (const folder of made) lchownSync(folder, caller.uid, caller.gid)
  giveToCaller(path, caller, except)
}

const exists = (path: string) => ownerOf(path) !== undefined
const ownerOf = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.uid

function entriesOf(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    // A file has none.
    return []
  }
}
