import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { messageOf } from '../../base/errors.ts'
import { readTarHeader, tarPadding, type TarHeader } from '../../base/tar.ts'
import { requireRoom } from '../asset-errors.ts'
import type { OnProgress } from '../progress.ts'
import { bundleError, parseBundleManifest, type BundleFile, type BundleManifest } from './bundle-manifest.ts'
import { MANIFEST_PATH } from './loaded-bundle.ts'
import { TarReader } from './tar-reader.ts'

export interface ReadOptions {
  readonly onProgress?: OnProgress | undefined
  readonly signal?: AbortSignal | undefined
}

/** More than any list of files needs. */
const LONGEST_LIST = 1_000_000

/** What a bundle says is in it; nothing of that is read. @throws LabError KNET_BUNDLE */
export async function readBundleManifest(file: string, signal?: AbortSignal): Promise<BundleManifest> {
  const reader = new TarReader(createReadStream(file, { signal }))
  try {
    return await firstOf(reader, file)
  } finally {
    reader.close()
  }
}

/**
 * Unpacks a bundle into a folder. Every file is checked as it is written; when this returns, all are there and right.
 * @throws LabError KNET_BUNDLE for a truncated bundle or one that was changed; the folder is then of no use.
 */
export async function unpackBundle(
  file: string,
  folder: string,
  { onProgress, signal }: ReadOptions,
): Promise<BundleManifest> {
  const reader = new TarReader(createReadStream(file, { signal }))
  try {
    const manifest = await firstOf(reader, file)
    const total = manifest.files.reduce((sum, { size }) => sum + size, 0)
    await mkdir(folder, { recursive: true })
    await requireRoom(`the bundle ${basename(file)}`, join(folder, MANIFEST_PATH), total)
    let bytes = 0
    const onBytes = (more: number) => onProgress?.({ what: basename(file), bytes: (bytes += more), total })
    for (const listed of manifest.files) {
      expectFile(await nextHeader(reader, file), listed, file)
      await unpackFile(reader, listed, join(folder, listed.path), { bundle: file, onBytes })
    }
    if (await nextHeader(reader, file)) throw bundleError(file, 'holds more than it lists')
    return manifest
  } finally {
    reader.close()
  }
}

async function firstOf(reader: TarReader, file: string): Promise<BundleManifest> {
  const header = await nextHeader(reader, file)
  if (header?.path !== MANIFEST_PATH || header.size > LONGEST_LIST)
    throw bundleError(file, `is none: ${MANIFEST_PATH} is not its first file`)
  const chunks: Buffer[] = []
  await taking(reader, header.size, file, (chunk) => void chunks.push(chunk))
  return parseBundleManifest(Buffer.concat(chunks).toString(), file)
}

async function nextHeader(reader: TarReader, file: string): Promise<TarHeader | undefined> {
  let block: Buffer
  try {
    block = await reader.block()
  } catch (thrown) {
    if (thrown instanceof RangeError) throw tooShort(file)
    if (!UNREADABLE.has((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown
    throw bundleError(file, `can't be read: ${messageOf(thrown)}`, 'knet-labs bundle load <file>')
  }
  try {
    return readTarHeader(block)
  } catch (thrown) {
    throw bundleError(file, `can't be read: ${messageOf(thrown)}`)
  }
}

const UNREADABLE = new Set(['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR'])

const tooShort = (file: string) => bundleError(file, 'ends too early: a part of it is missing')

function expectFile(header: TarHeader | undefined, { path, size }: BundleFile, bundle: string): void {
  if (!header) throw tooShort(bundle)
  if (header.path !== path || header.size !== size)
    throw bundleError(bundle, `is not what it lists: ${header.path} is where ${path} should be`)
}

async function unpackFile(
  reader: TarReader,
  { size, sha256, role }: BundleFile,
  path: string,
  { bundle, onBytes }: { bundle: string; onBytes: (more: number) => void },
): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const isProgram = role === 'k3s' || role === 'calicoctl'
  const target = createWriteStream(path, { mode: isProgram ? 0o755 : 0o644 })
  const failed = once(target, 'error').then(([error]) => Promise.reject(error as Error))
  failed.catch(() => {})
  const hash = createHash('sha256')
  try {
    await taking(reader, size, bundle, async (chunk) => {
      hash.update(chunk)
      onBytes(chunk.length)
      if (!target.write(chunk)) await Promise.race([once(target, 'drain'), failed])
    })
    target.end()
    await Promise.race([once(target, 'close'), failed])
  } finally {
    target.destroy()
  }
  const got = hash.digest('hex')
  if (got === sha256) return
  throw bundleError(bundle, `is damaged: the SHA-256 of ${basename(path)} is ${got}, not ${sha256}`)
}

/** A file's content, and what fills its last block. */
async function taking(
  reader: TarReader,
  size: number,
  bundle: string,
  take: (chunk: Buffer) => Promise<void> | void,
): Promise<void> {
  try {
    for await (const chunk of reader.bytes(size)) await take(chunk)
    for await (const _ of reader.bytes(tarPadding(size).length));
  } catch (thrown) {
    throw thrown instanceof RangeError ? tooShort(bundle) : thrown
  }
}
