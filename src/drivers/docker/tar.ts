import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'

/** A file in a tar archive; what is between it and the root is made as needed by who unpacks it. */
export interface TarFile {
  /** Without a slash in front. At most 100 bytes. */
  readonly path: string
  readonly content: string
  readonly executable?: boolean | undefined
}

const BLOCK = 512

/** A tar archive (ustar, POSIX.1-1988) of root's files, as Docker takes them for copies and builds. */
export function tarOf(files: readonly TarFile[]): Buffer {
  const end = Buffer.alloc(2 * BLOCK)
  return Buffer.concat([...files.flatMap(entry), end])
}

/** The same of files on this host, as they are read. */
export async function* tarOfFiles(
  files: readonly {
    readonly path: string
    readonly source: string
    readonly executable?: boolean | undefined
  }[],
): AsyncGenerator<Buffer> {
  for (const { path, source, executable } of files) {
    const { size } = await stat(source)
    yield headerOf(path, size, executable)
    for await (const chunk of createReadStream(source)) yield chunk as Buffer
    yield paddingOf(size)
  }
  yield Buffer.alloc(2 * BLOCK)
}

function entry({ path, content, executable }: TarFile): Buffer[] {
  const bytes = Buffer.from(content)
  return [headerOf(path, bytes.length, executable), bytes, paddingOf(bytes.length)]
}

const paddingOf = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK)

function headerOf(path: string, size: number, executable: boolean | undefined): Buffer {
  const header = Buffer.alloc(BLOCK)
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`
  header.write(path, 0, 100)
  header.write(octal(executable ? 0o755 : 0o644, 7), 100)
  header.write(octal(0, 7), 108)
  header.write(octal(0, 7), 116)
  header.write(octal(size, 11), 124)
  header.write(octal(0, 11), 136)
  // The sum is taken with blanks in its own place.
  header.write(' '.repeat(8), 148)
  header.write('0', 156)
  header.write('ustar\u000000', 257)
  header.write(
    octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6,
    ),
    148,
  )
  return header
}
