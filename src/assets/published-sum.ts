import { downloadError } from './asset-errors.ts'
import type { FetchOptions } from './download.ts'
import { httpGet, textOf } from './http-get.ts'
import type { ReleaseFile } from './releases.ts'

/** The sum that a release publishes of one of its files. @throws LabError KNET_DOWNLOAD when it says none. */
export async function publishedSum(
  { what, url, sums, given }: ReleaseFile,
  { env, signal }: FetchOptions,
): Promise<string> {
  const at = sums ?? url
  const name = url.slice(url.lastIndexOf('/') + 1)
  const wanted = `the checksum of ${what}`
  let text: string
  try {
    if (!sums) throw new Error('nobody publishes it')
    const answer = await httpGet(sums, { env, signal })
    text = await textOf(answer)
    if (answer.statusCode === 404) throw new Error('there is no such release (404)')
    if (answer.statusCode !== 200) throw new Error(`the server answered ${answer.statusCode}`)
  } catch (thrown) {
    signal?.throwIfAborted()
    throw downloadError(wanted, at, thrown, { given })
  }
  const sum = sumIn(text, name)
  if (sum) return sum
  throw downloadError(wanted, at, new Error(`it does not name ${name}`), { given })
}

/** A file's sum in what sha256sum(1) prints, of text or binary files. */
export function sumIn(text: string, name: string): string | undefined {
  for (const line of text.split('\n')) {
    const [, sum, file] = /^([0-9a-f]{64}) [ *](?:\.\/)?(.+?)\r?$/i.exec(line) ?? []
    if (file === name) return sum?.toLowerCase()
  }
  return undefined
}
