import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isAlive } from '../base/alive.ts'

/** What is written until it is whole. Who writes is in its name: `<file>.<pid>-<random>.part`. */
export interface Part {
  readonly path: string
  readonly handle: FileHandle
}

/** A part that nobody has written to for so long belongs to nobody, whoever has its writer's pid by now. */
const ABANDONED_MS = 10 * 60_000

/** A part of a file to write to: one that somebody has left, or else an empty one. */
export async function openPart(file: string): Promise<Part> {
  const path = `${file}.${process.pid}-${randomBytes(3).toString('hex')}.part`
  for (const left of await partsLeft(file)) {
    // Of two that want it one gets it: the other finds it gone.
    const taken = await rename(left, path).then(
      () => true,
      () => false,
    )
    if (taken) break
  }
  return { path, handle: await open(path, constants.O_RDWR | constants.O_CREAT, 0o644) }
}

/** Leaves what there is of it to whoever wants the file next. */
export async function leavePart(file: string, { path, handle }: Part): Promise<void> {
  const { size } = await handle.stat()
  await (size > 0 ? rename(path, `${file}.part`) : rm(path, { force: true }))
}

async function partsLeft(file: string): Promise<string[]> {
  const name = basename(file)
  const left: string[] = []
  for (const entry of await readdir(dirname(file))) {
    const suffix = entry.startsWith(name) ? entry.slice(name.length) : ''
    const path = join(dirname(file), entry)
    const pid = /^\.(\d+)-[0-9a-f]+\.part$/.exec(suffix)?.[1]
    if (suffix === '.part' || (pid !== undefined && (await isLeft(path, Number(pid))))) left.push(path)
  }
  return left
}

async function isLeft(path: string, pid: number): Promise<boolean> {
  if (!isAlive(pid)) return true
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }))
  return Date.now() - mtimeMs > ABANDONED_MS
}
