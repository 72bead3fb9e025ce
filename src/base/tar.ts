const BLOCK = 512

export interface TarHeader {
  /** Without a slash in front. At most 100 bytes. */
  readonly path: string
  /** Of the content, in bytes; less than 8 GiB. */
  readonly size: number
  readonly executable?: boolean | undefined
}

/** What goes before a file of root's in a tar archive (ustar, POSIX.1-1988). */
export function tarHeader({ path, size, executable }: TarHeader): Buffer {
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
  header.write(octal(sumOf(header), 6), 148)
  return header
}

/** What goes after a file's content, to the end of its last block. */
export const tarPadding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK)

/** What ends an archive. */
export const tarEnd = (): Buffer => Buffer.alloc(2 * BLOCK)

/** The header in the first 512 bytes; undefined where an archive ends. @throws where there is none. */
export function readTarHeader(block: Buffer): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined
  const text = (from: number, to: number) => block.toString('utf8', from, to).split('\0')[0] ?? ''
  const octal = (from: number, to: number) => Number.parseInt(text(from, to).trim() || '0', 8)
  const unsummed = Buffer.from(block)
  unsummed.fill(' ', 148, 156)
  if (octal(148, 156) !== sumOf(unsummed)) throw new Error('this is no tar archive, or it is damaged')
  return { path: text(0, 100), size: octal(124, 136), executable: (octal(100, 108) & 0o100) !== 0 }
}

const sumOf = (block: Buffer) => block.reduce((sum, byte) => sum + byte, 0)
