import { createHash, type Hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, rename, rm, type FileHandle } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { LabError } from '../base/errors.ts'
import { checksumError, diskFull, downloadError, isDiskFull, requireRoom } from './asset-errors.ts'
import { httpGet } from './http-get.ts'
import { leavePart, openPart } from './part.ts'
import type { OnProgress } from './progress.ts'

/** A file of the outside world. */
export interface Source {
  /** For people: "k3s v1.24.1+k3s1". */
  readonly what: string
  readonly url: string
  /** Of its content, 64 hexadecimal digits. */
  readonly sha256: string
  readonly executable?: boolean
  /** The variable that names a file to take instead. */
  readonly given?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface FetchOptions {
  readonly env: NodeJS.ProcessEnv
  readonly onProgress?: OnProgress | undefined
  readonly signal?: AbortSignal | undefined
  /** See {@link httpGet}. */
  readonly silenceMs?: number | undefined
}

/** Tries without a byte of progress between them. */
const TRIES = 4
const FIRST_PAUSE_MS = 250
/** Nobody is there, or no network: seconds change nothing. */
const HOPELESS = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'ECONNREFUSED'])

/**
 * Brings a file here, unless it is. It gets its name only when it is whole and its checksum is right: until then it is a
 * part beside it, which a later download goes on with.
 * @throws LabError KNET_DOWNLOAD, KNET_CHECKSUM or KNET_DISK.
 */
export async function download(source: Source, file: string, options: FetchOptions): Promise<void> {
  if (existsSync(file)) return
  await mkdir(dirname(file), { recursive: true })
  const part = await openPart(file)
  try {
    await fill(part.handle, source, part.path, options)
    await part.handle.sync()
    if (source.executable) await chmod(part.path, 0o755)
    await rename(part.path, file)
  } catch (thrown) {
    const error = isDiskFull(thrown) ? diskFull(source.what, file, { cause: thrown }) : thrown
    const isUseless = error instanceof LabError && ['KNET_DISK', 'KNET_CHECKSUM'].includes(error.code)
    await (isUseless ? rm(part.path, { force: true }) : leavePart(file, part))
    throw error
  } finally {
    await part.handle.close()
  }
}

/** What of a file is here. */
interface Have {
  bytes: number
  hash: Hash
}

/** Until the file is whole, and what it should be. */
async function fill(handle: FileHandle, source: Source, path: string, options: FetchOptions): Promise<void> {
  let have = await readPart(handle)
  let resumed = have.bytes > 0
  for (let tries = 0; ;) {
    const before = have.bytes
    try {
      await fetchRest(handle, have, source, path, options)
      const got = have.hash.copy().digest('hex')
      if (got === source.sha256) return
      // What an earlier run left may be of another file: once more from the beginning.
      if (!resumed) throw wrongSum(source, got)
      resumed = false
      have = await begin(handle)
    } catch (thrown) {
      options.signal?.throwIfAborted()
      if (thrown instanceof LabError || isDiskFull(thrown)) throw thrown
      tries = have.bytes > before ? 1 : tries + 1
      const { code = '' } = thrown as NodeJS.ErrnoException
      if (tries === TRIES || HOPELESS.has(code))
        throw downloadError(source.what, source.url, thrown, { given: source.given, begun: have.bytes > 0 })
      await delay(FIRST_PAUSE_MS * 2 ** (tries - 1), undefined, { signal: options.signal })
    }
  }
}

async function readPart(handle: FileHandle): Promise<Have> {
  const have = { bytes: 0, hash: createHash('sha256') }
  for await (const chunk of handle.createReadStream({ start: 0, autoClose: false })) {
    have.hash.update(chunk as Buffer)
    have.bytes += (chunk as Buffer).length
  }
  return have
}

async function begin(handle: FileHandle): Promise<Have> {
  await handle.truncate(0)
  return { bytes: 0, hash: createHash('sha256') }
}

async function fetchRest(
  handle: FileHandle,
  have: Have,
  source: Source,
  path: string,
  { onProgress, ...options }: FetchOptions,
): Promise<void> {
  const range: Record<string, string> = have.bytes > 0 ? { range: `bytes=${have.bytes}-` } : {}
  const answer = await httpGet(source.url, { ...options, headers: { ...source.headers, ...range } })
  const rest = restOf(answer, have.bytes)
  if (rest === 'nothing') return void answer.destroy()
  if (rest === 'all' || answer.statusCode === 416) Object.assign(have, await begin(handle))
  if (rest === 'unusable') {
    answer.destroy()
    throw refusal(source, answer.statusCode ?? 0)
  }
  const length = Number(answer.headers['content-length'] ?? NaN)
  const total = Number.isNaN(length) ? undefined : have.bytes + length
  if (total !== undefined) await requireRoom(source.what, path, length)
  onProgress?.({ what: source.what, bytes: have.bytes, total })
  for await (const chunk of answer) {
    await handle.write(chunk as Buffer, 0, (chunk as Buffer).length, have.bytes)
    have.hash.update(chunk as Buffer)
    have.bytes += (chunk as Buffer).length
    onProgress?.({ what: source.what, bytes: have.bytes, total })
  }
}

/** What an answer holds: the rest that was asked for, all of it, or, of a range that begins at the end, nothing. */
function restOf(
  { statusCode, headers }: IncomingMessage,
  from: number,
): 'rest' | 'all' | 'nothing' | 'unusable' {
  const range = headers['content-range'] ?? ''
  if (statusCode === 206 && range.startsWith(`bytes ${from}-`)) return 'rest'
  if (statusCode === 416 && range === `bytes */${from}`) return 'nothing'
  return statusCode === 200 ? 'all' : 'unusable'
}

/** What it will not say another time either ends the download; the rest is worth another try. */
function refusal({ what, url, given }: Source, status: number): Error {
  const error = new Error(`the server answered ${status}`)
  const passing = status >= 500 || [408, 416, 429].includes(status)
  return passing ? error : downloadError(what, url, error, { given })
}

const wrongSum = ({ what, url, sha256, given }: Source, got: string) =>
  checksumError(what, { from: url, expected: sha256, got }, given)
