import { accessSync, constants, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { EXIT, LabError } from '../base/errors.ts'

const WORDS: Readonly<Record<string, readonly [what: string, fix: string]>> = {
  ENOSPC: ['the disk is full', 'Make room there'],
  EDQUOT: ['your disk quota is used up', 'Make room there'],
  EROFS: ['the file system is read-only', 'Mount it writable'],
  EACCES: ['permission denied', 'Make it yours to write'],
  EPERM: ['permission denied', 'Make it yours to write'],
  ENOTDIR: ['a part of that path is not a folder', 'Move the file that is in the way'],
}

/** What the operating system said about a file of ours, for people; undefined for what is no such thing. */
export function diskTrouble(thrown: unknown): LabError | undefined {
  const { path, ...error } = (thrown ?? {}) as NodeJS.ErrnoException
  const code = error.code === 'ENOENT' && path ? whyNoFolder(path) : error.code
  const [what, fix] = WORDS[code ?? ''] ?? []
  if (!what) return undefined
  return new LabError('KNET_DISK', {
    message: `Can't write ${path ?? "knet-labs' files"}: ${what}.`,
    hint: `${fix}, or keep knet-labs' files elsewhere: export XDG_STATE_HOME=/another/folder`,
    exitCode: EXIT.unavailable,
    cause: thrown,
  })
}

/** Node's mkdir with `recursive` says ENOENT whatever the reason: the folder that is there tells it. */
function whyNoFolder(path: string): string | undefined {
  if (existsSync(path)) return undefined
  let parent = dirname(path)
  while (!existsSync(parent)) parent = dirname(parent)
  try {
    accessSync(parent, constants.W_OK)
    return undefined
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code
  }
}
