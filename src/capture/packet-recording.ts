import { messageOf } from '../base/errors.ts'
import type { Machine } from '../machine/machine.ts'
import type { Capture } from './dumpcap.ts'
import { paced } from './paced.ts'
import type { PacketCapture, PacketDetail, PacketSummary } from './packet-capture.ts'
import { PacketDetails } from './packet-details.ts'
import type { PacketFile } from './packet-file.ts'
import { followStream } from './packet-follow.ts'
import { LISTED, type PacketList } from './packet-list.ts'
import { savePackets } from './packet-save.ts'
import { printable } from './printable.ts'

export interface RecordingParts {
  readonly host: Machine
  readonly place: string
  readonly device: string
  readonly filter: string
  readonly capture: Capture
  readonly file: PacketFile
  readonly list: PacketList
  /** Whether the file has reached its bound. */
  readonly full: () => boolean
  /** Aborted, everything has been ended. */
  readonly signal: AbortSignal
  readonly close: () => void
}

const NOTICE_EVERY_MS = 100

/** A capture with dumpcap at one end, tshark at the other, and the file between them. */
export class Recording implements PacketCapture {
  readonly place: string
  readonly device: string
  readonly filter: string
  ended: { readonly reason?: string | undefined } | undefined
  readonly #parts: RecordingParts
  readonly #details: PacketDetails
  readonly #listeners = new Set<() => void>()
  readonly #changed = paced(NOTICE_EVERY_MS, () => {
    for (const listener of this.#listeners) listener()
  })
  readonly #recorded: Promise<void>
  #stopped = false

  constructor(parts: RecordingParts) {
    this.#parts = parts
    this.place = parts.place
    this.device = parts.device
    this.filter = parts.filter
    this.#details = new PacketDetails(parts.host, parts.file, parts.signal)
    parts.list.onMore = this.#changed
    this.#recorded = this.#record()
  }

  get packets(): readonly PacketSummary[] {
    return this.#parts.list.packets
  }

  get beyond(): number {
    return Math.max(0, this.#parts.file.packets - LISTED)
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async detail(number: number): Promise<PacketDetail> {
    return await this.#details.of(number)
  }

  async follow(number: number): Promise<string | undefined> {
    return await followStream(this.#parts.host, this.#parts.file, number, this.#parts.signal)
  }

  async save(file: string): Promise<string> {
    return await savePackets(this.#parts.file, file, process.env)
  }

  stop(): void {
    this.#stopped = true
    this.#parts.capture.stop()
  }

  async close(): Promise<void> {
    this.#listeners.clear()
    this.#parts.close()
    await this.#recorded
    this.#changed.cancel()
    await this.#parts.file.remove()
  }

  async #record(): Promise<void> {
    const { capture, file, list } = this.#parts
    const listing = list.done.then((trouble) => {
      // Without a list the capture is of no use.
      if (trouble !== undefined) capture.stop()
      return trouble
    })
    const lost = await this.#write().then(() => undefined, messageOf)
    // It may go on though nobody writes: the disk is full.
    capture.stop()
    const exitCode = await capture.exited
    file.finish()
    const unlisted = await listing
    const trouble = lost ?? this.#whyEnded(exitCode) ?? unlisted
    this.ended = { reason: trouble === undefined ? undefined : printable(trouble) }
    this.#changed()
  }

  async #write(): Promise<void> {
    const { capture, file } = this.#parts
    for await (const chunk of capture.stream) {
      await file.append(chunk as Uint8Array)
      if (file.packets > LISTED) this.#changed()
    }
  }

  #whyEnded(exitCode: number): string | undefined {
    const { capture, full, signal } = this.#parts
    if (signal.aborted || this.#stopped) return undefined
    if (full()) return 'the file is full'
    return capture.complaint() ?? (exitCode === 0 ? undefined : `dumpcap ended with ${exitCode}`)
  }
}
