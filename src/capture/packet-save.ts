import { createWriteStream } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { giveToCaller, sudoCaller } from '../base/caller.ts'
import { LabError, messageOf } from '../base/errors.ts'
import type { PacketFile } from './packet-file.ts'

const NAMES = 1000

/**
 * Writes the packets so far into a file of the user's. One that is there already is left alone: the new one is called
 * name-1, name-2, ….
 * @param wanted a path; `~` is the home.
 * @throws LabError KNET_CAPTURE
 */
export async function savePackets(file: PacketFile, wanted: string, env: NodeJS.ProcessEnv): Promise<string> {
  const path = resolve(wanted.replace(/^~(?=\/|$)/, homedir()))
  for (const name of names(path)) {
    try {
      await pipeline(file.snapshot(), createWriteStream(name, { flags: 'wx', mode: 0o644 }))
      giveToCaller(name, sudoCaller(env))
      return name
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue
      throw new LabError('KNET_CAPTURE', {
        message: `Can't save to ${name}: ${messageOf(error)}`,
        cause: error,
      })
    }
  }
  throw new LabError('KNET_CAPTURE', { message: `Can't save to ${path}: there are too many of that name.` })
}

function* names(path: string): Generator<string> {
  const extension = extname(path)
  const stem = join(dirname(path), basename(path, extension))
  yield path
  for (let n = 1; n < NAMES; n++) yield `${stem}-${n}${extension}`
}
