import { EventEmitter, once } from 'node:events'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { PcapCounter } from './pcap-stream.ts'

const PIECE = 64 * 1024

/** The pcap file of a capture while it grows, and where its first packets are in it. */
export class PacketFile {
  readonly path: string
  readonly #handle: FileHandle
  readonly #grown = new EventEmitter()
  readonly #places: { start: number; length: number }[] = []
  readonly #counter: PcapCounter
  #size = 0
  #finished = false

  /** @param indexed how many packets' places are kept. */
  private constructor(path: string, handle: FileHandle, indexed: number) {
    this.path = path
    this.#handle = handle
    this.#counter = new PcapCounter((start, length) => {
      if (this.#places.length < indexed) this.#places.push({ start, length })
    })
  }

  /** Makes the file, for its owner only; there must be none. */
  static async create(path: string, indexed: number): Promise<PacketFile> {
    return new PacketFile(path, await open(path, 'wx+', 0o600), indexed)
  }

  /** Whole packets in it. */
  get packets(): number {
    return this.#counter.packets
  }

  get size(): number {
    return this.#size
  }

  async append(chunk: Uint8Array): Promise<void> {
    await this.#handle.appendFile(chunk)
    this.#size += chunk.length
    this.#counter.push(chunk)
    this.#grown.emit('grown')
  }

  /** Nothing will be appended any more. */
  finish(): void {
    this.#finished = true
    this.#grown.emit('grown')
  }

  /** All of it, from the beginning and on as it grows, at the reader's pace. */
  async *follow(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    let at = 0
    for (;;) {
      if (at < this.#size) {
        const piece = await this.#read(at, Math.min(PIECE, this.#size - at))
        at += piece.length
        yield piece
      } else if (this.#finished) {
        return
      } else {
        await once(this.#grown, 'grown', { signal })
      }
    }
  }

  /** All whole packets that are in it now, as a file of its own. */
  async *snapshot(): AsyncGenerator<Uint8Array> {
    const end = this.#counter.bytes
    for (let at = 0; at < end; at += PIECE) yield await this.#read(at, Math.min(PIECE, end - at))
  }

  /** A packet's bytes, as far as they were captured; none for one that is not there. */
  async bytesOf(number: number): Promise<Uint8Array> {
    const place = this.#places[number - 1]
    return place ? await this.#read(place.start, place.length) : new Uint8Array()
  }

  async remove(): Promise<void> {
    this.finish()
    await this.#handle.close()
    await rm(this.path, { force: true })
  }

  async #read(position: number, length: number): Promise<Uint8Array> {
    const piece = new Uint8Array(length)
    const { bytesRead } = await this.#handle.read(piece, 0, length, position)
    return piece.subarray(0, bytesRead)
  }
}
