import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LabError } from '../base/errors.ts'
import { diskFull, downloadError, isDiskFull } from './asset-errors.ts'
import type { FetchOptions } from './download.ts'
import { httpGet, textOf } from './http-get.ts'

export interface TextSource {
  readonly what: string
  readonly url: string
  readonly contains: readonly string[]
}

/**
 * Brings a small text that has no sum to check it by: that it is what was meant is seen by what is in it.
 * @throws LabError KNET_DOWNLOAD or KNET_DISK.
 */
export async function downloadText(
  { what, url, contains }: TextSource,
  file: string,
  { onProgress, ...options }: FetchOptions,
): Promise<void> {
  try {
    const answer = await httpGet(url, options)
    const text = await textOf(answer)
    if (answer.statusCode !== 200) throw new Error(`the server answered ${answer.statusCode}`)
    const missing = contains.find((part) => !text.includes(part))
    if (missing) throw new Error(`it is another one: ${missing} is not in it`)
    const bytes = Buffer.byteLength(text)
    onProgress?.({ what, bytes, total: bytes })
    await mkdir(dirname(file), { recursive: true })
    const part = `${file}.${process.pid}.part`
    await writeFile(part, text, { flush: true })
    await rename(part, file)
  } catch (thrown) {
    options.signal?.throwIfAborted()
    if (isDiskFull(thrown)) throw diskFull(what, file, { cause: thrown })
    throw thrown instanceof LabError ? thrown : downloadError(what, url, thrown)
  }
}
