import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { diskFull, downloadError, isDiskFull } from './asset-errors.ts'
import type { FetchOptions } from './download.ts'
import { httpGet, textOf } from './http-get.ts'

export interface TextSource {
  readonly what: string
  readonly url: string
  readonly mirrors?: readonly string[]
  readonly contains: readonly string[]
  readonly given?: string
}

/**
 * Brings a small text that has no sum to check it by: that it is what was meant is seen by what is in it.
 * @throws LabError KNET_DOWNLOAD, of the first address, or KNET_DISK.
 */
export async function downloadText(source: TextSource, file: string, options: FetchOptions): Promise<void> {
  const { what, url, mirrors = [], given } = source
  let text: string | undefined
  let first: unknown
  for (const address of [url, ...mirrors]) {
    try {
      text = await textAt(address, source, options)
      break
    } catch (thrown) {
      options.signal?.throwIfAborted()
      first ??= thrown
    }
  }
  if (text === undefined) throw downloadError(what, url, first, { given })
  await write(what, text, file)
}

async function textAt(
  url: string,
  { what, contains }: TextSource,
  { onProgress, ...options }: FetchOptions,
): Promise<string> {
  const answer = await httpGet(url, options)
  const text = await textOf(answer)
  if (answer.statusCode !== 200) throw new Error(`the server answered ${answer.statusCode}`)
  const missing = contains.find((part) => !text.includes(part))
  if (missing) throw new Error(`it is another one: ${missing} is not in it`)
  const bytes = Buffer.byteLength(text)
  onProgress?.({ what, bytes, total: bytes })
  return text
}

async function write(what: string, text: string, file: string): Promise<void> {
  const part = `${file}.${process.pid}.part`
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(part, text, { flush: true })
    await rename(part, file)
  } catch (thrown) {
    await rm(part, { force: true })
    throw isDiskFull(thrown) ? diskFull(what, file, { cause: thrown }) : thrown
  }
}
