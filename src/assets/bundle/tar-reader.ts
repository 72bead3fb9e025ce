import type { ReadStream } from 'node:fs'

const BLOCK = 512

/** Takes a stream apart into pieces of the lengths that an archive is made of. */
export class TarReader {
  readonly #stream: ReadStream
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(stream: ReadStream) {
    this.#stream = stream
    this.#chunks = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  }

  /** The next 512 bytes. @throws RangeError when the stream ends before. */
  async block(): Promise<Buffer> {
    const parts: Buffer[] = []
    for await (const part of this.bytes(BLOCK)) parts.push(part)
    return Buffer.concat(parts)
  }

  /** The next bytes, as they come. @throws RangeError when the stream ends before. */
  async *bytes(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0;) {
      if (this.#rest.length === 0) this.#rest = await this.#next()
      const part = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(part.length)
      left -= part.length
      yield part
    }
  }

  close(): void {
    this.#stream.destroy()
  }

  async #next(): Promise<Buffer> {
    const { done, value } = await this.#chunks.next()
    if (done) throw new RangeError('the stream has ended')
    return value
  }
}
