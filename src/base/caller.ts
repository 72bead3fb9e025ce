import { lchownSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

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

function entriesOf(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    // A file has none.
    return []
  }
}
