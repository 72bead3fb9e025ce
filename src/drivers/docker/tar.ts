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

function entry({ path, content, executable }: TarFile): Buffer[] {
  const bytes = Buffer.from(content)
  const header = Buffer.alloc(BLOCK)
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`
  header.write(path, 0, 100)
  header.write(octal(executable ? 0o755 : 0o644, 7), 100)
  header.write(octal(0, 7), 108)
  header.write(octal(0, 7), 116)
  header.write(octal(bytes.length, 11), 124)
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
  const padding = Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)
  return [header, bytes, padding]
}
