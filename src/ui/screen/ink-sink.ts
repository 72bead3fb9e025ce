import { Writable } from 'node:stream'

/** What Ink writes before a frame: the erasing of the last one, and where it thinks that the cursor is. */
// oxlint-disable-next-line no-control-regex
const BEFORE_FRAME = /^(?:\x1b\[\?25[lh]|\x1b\[\d*[ABEFG]|\x1b\[2K)+/

/**
 * The stdout that Ink gets: hands whole frames on, draws nothing. Ink must not take it for a terminal (`isTTY`), nor ever
 * think that a frame fills it: then it clears the screen each time.
 */
export class InkSink extends Writable {
  columns: number
  readonly rows = 1_000_000
  readonly #onFrame: (frame: string) => void

  constructor(columns: number, onFrame: (frame: string) => void) {
    super({ decodeStrings: false })
    this.columns = columns
    this.#onFrame = onFrame
  }

  /** Ink lays out and draws anew, at once. */
  resize(columns: number): void {
    this.columns = columns
    this.emit('resize')
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    const frame = chunk.toString().replace(BEFORE_FRAME, '')
    if (frame) this.#onFrame(frame.replace(/\n$/, ''))
    done()
  }
}
