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
