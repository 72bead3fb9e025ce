import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { tarEnd, tarHeader, tarPadding } from '../../base/tar.ts'

/** A file in a tar archive; what is between it and the root is made as needed by who unpacks it. */
export interface TarFile {
  /** Without a slash in front. At most 100 bytes. */
  readonly path: string
  readonly content: string
  readonly executable?: boolean | undefined
}

/** A tar archive of root's files, as Docker takes them for copies and builds. */
export function tarOf(files: readonly TarFile[]): Buffer {
  const parts = files.flatMap(({ path, content, executable }) => {
    const bytes = Buffer.from(content)
    return [tarHeader({ path, size: bytes.length, executable }), bytes, tarPadding(bytes.length)]
  })
  return Buffer.concat([...parts, tarEnd()])
}

/** A file of this host for an archive. */
export interface HostFile {
  /** As {@link TarFile}'s. */
  readonly path: string
  readonly source: string
  readonly executable?: boolean | undefined
}

/** The same of files on this host, as they are read. */
export async function* tarOfFiles(files: readonly HostFile[]): AsyncGenerator<Buffer> {
  for (const { path, source, executable } of files) {
    const { size } = await stat(source)
    yield tarHeader({ path, size, executable })
    for await (const chunk of createReadStream(source)) yield chunk as Buffer
    yield tarPadding(size)
  }
  yield tarEnd()
}
