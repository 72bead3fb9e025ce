import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Machine } from '../machine/machine.ts'
import { startCapture } from './dumpcap.ts'
import type { PacketCapture } from './packet-capture.ts'
import { PacketFile } from './packet-file.ts'
import { LISTED, PacketList } from './packet-list.ts'
import { Recording } from './packet-recording.ts'

export interface PacketCaptureOptions {
  /** Where dumpcap listens. */
  readonly machine: Machine
  /** This computer, where tshark decodes. */
  readonly host: Machine
  /** What the place is called on the screen. */
  readonly place: string
  readonly device: string
  /** A capture filter in libpcap's words; '' lets all through. */
  readonly filter: string
  /** On this computer; the pcap lies there while the capture is open. */
  readonly folder: string
  /** Ends the capture at once. */
  readonly signal?: AbortSignal | undefined
}

/** A flood ends the capture before it fills the disk. */
const MAX_KILOBYTES = 100_000
/** Decoding and drawing take the processor from dumpcap just when it is needed most. */
const BUFFER_MEGABYTES = 8

/**
 * Captures and decodes at once. tshark is started beside dumpcap, as its start takes longest.
 * @throws LabError KNET_CAPTURE in dumpcap's words when it can't: no such interface, a filter that does not parse.
 */
export async function startPacketCapture(options: PacketCaptureOptions): Promise<PacketCapture> {
  const { machine, host, device, filter, folder } = options
  const closing = new AbortController()
  const signal = options.signal ? AbortSignal.any([closing.signal, options.signal]) : closing.signal
  const file = await PacketFile.create(join(folder, `capture-${randomUUID()}.pcap`), LISTED)
  try {
    const list = new PacketList(host, file, signal)
    const capture = await startCapture(machine, {
      interface: device,
      kilobytes: MAX_KILOBYTES,
      bufferMegabytes: BUFFER_MEGABYTES,
      signal,
      ...(filter && { filter }),
    })
    const full = () => file.size >= MAX_KILOBYTES * 1000
    return new Recording({ ...options, capture, file, list, full, signal, close: () => closing.abort() })
  } catch (error) {
    closing.abort()
    await file.remove()
    throw error
  }
}
