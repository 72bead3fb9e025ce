import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { LabError } from '../../base/errors.ts'
import { tarEnd, tarHeader, tarPadding } from '../../base/tar.ts'
import { diskFull, isDiskFull, requireRoom } from '../asset-errors.ts'
import { ownName, removeLeftBehind } from '../left-behind.ts'
import type { OnProgress } from '../progress.ts'
import { bundleError, type BundleManifest } from './bundle-manifest.ts'
import { MANIFEST_PATH } from './loaded-bundle.ts'

export interface WriteOptions {
  readonly onProgress?: OnProgress | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Writes a bundle: a tar archive, its list of files first. It has its name when it is whole.
 * @param sources by the paths of the manifest's files: where they are on this host.
 * @throws LabError KNET_DISK; KNET_BUNDLE when a file is no longer what it was.
 */
export async function writeBundle(
  target: string,
  manifest: BundleManifest,
  sources: ReadonlyMap<string, string>,
  { onProgress, signal }: WriteOptions,
): Promise<number> {
  const what = basename(target)
  const part = join(dirname(target), ownName(what))
  const total = manifest.files.reduce((sum, { size }) => sum + size, 0)
  await mkdir(dirname(target), { recursive: true })
  await removeLeftBehind(dirname(target), what)
  try {
    await requireRoom(what, target, total)
    const handle = await open(part, 'w', 0o644)
    let bytes = 0
    try {
      for await (const chunk of archiveOf(target, manifest, sources)) {
        signal?.throwIfAborted()
        await handle.write(chunk)
        bytes += chunk.length
        onProgress?.({ what, bytes: Math.min(bytes, total), total })
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(part, target)
    return bytes
  } catch (thrown) {
    await rm(part, { force: true })
    if (isDiskFull(thrown) || (thrown instanceof LabError && thrown.code === 'KNET_DISK'))
      throw diskFull(what, target, { elsewhere: ELSEWHERE, cause: thrown })
    throw thrown
  }
}

const ELSEWHERE = 'write it elsewhere: knet-labs bundle create --file /another/folder/knet-bundle.tar'

async function* archiveOf(
  target: string,
  manifest: BundleManifest,
  sources: ReadonlyMap<string, string>,
): AsyncGenerator<Buffer> {
  const list = Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`)
  yield tarHeader({ path: MANIFEST_PATH, size: list.length })
  yield list
  yield tarPadding(list.length)
  for (const { path, size, role } of manifest.files) {
    yield tarHeader({ path, size, executable: role === 'k3s' || role === 'calicoctl' })
    let read = 0
    for await (const chunk of createReadStream(sources.get(path) ?? '')) {
      read += (chunk as Buffer).length
      yield chunk as Buffer
    }
    if (read !== size) throw bundleError(target, `was not written: ${sources.get(path)} changed meanwhile`)
    yield tarPadding(size)
  }
  yield tarEnd()
}
