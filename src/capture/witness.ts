import { PassThrough } from 'node:stream'
import { until } from '../base/until.ts'
import type { ExecResult, Machine } from '../machine/machine.ts'
import { type Capture, startCapture } from './dumpcap.ts'
import { PcapCounter } from './pcap-stream.ts'
import { type Packet, startDecoder } from './tshark.ts'

export interface WitnessOptions {
  readonly interface: string
  readonly filter?: string | undefined
  readonly display?: string | undefined
  readonly fields: readonly string[]
  /** Sends the traffic that is to be seen; runs once the capture listens. */
  readonly trigger: () => Promise<ExecResult>
  /** Bound of the whole capture, trigger included. */
  readonly seconds: number
  readonly signal?: AbortSignal | undefined
}

export interface Testimony {
  /** Packets that the display filter lets through. */
  readonly packets: readonly Packet[]
  /** Packets that the capture filter let through. */
  readonly captured: number
  readonly trigger: ExecResult
}

/** Bounds that no honest lab reaches: a capture check looks at a few packets. */
const MAX_PACKETS = 2000
const MAX_KILOBYTES = 4096

/** The kernel hands a capture its packets in blocks, a quarter of a second apart at most (dumpcap's read timeout). */
const BLOCK_MS = 300

/**
 * Arms a capture, runs the trigger, and says what was seen. tshark is started beside dumpcap, as its start takes
 * longer than the capture itself.
 * @throws LabError KNET_CAPTURE or KNET_TSHARK.
 */
export async function witness(machine: Machine, options: WitnessOptions): Promise<Testimony> {
  const decoder = startDecoder(machine, options)
  let capture: Capture
  try {
    capture = await startCapture(machine, {
      ...options,
      packets: MAX_PACKETS,
      kilobytes: MAX_KILOBYTES,
    })
  } catch (error) {
    decoder.kill()
    throw error
  }
  const counter = new PcapCounter()
  const passed = new PassThrough()
  capture.stream.on('data', (chunk: Buffer) => {
    counter.push(chunk)
    passed.write(chunk)
  })
  capture.stream.once('end', () => passed.end())
  const decoded = decoder.decode(passed)
  // Awaited at the end. Who gives up before that has a reason of their own, and nobody hears what it did to tshark.
  decoded.catch(() => {})
  const trigger = await options.trigger()
  await blockAfter(counter, options.signal)
  capture.stop()
  await ended(capture, passed)
  return { packets: await decoded, captured: counter.packets, trigger }
}

/** Waits until the block that holds the trigger's packets has come, or the time for it is over. */
async function blockAfter(counter: PcapCounter, signal: AbortSignal | undefined): Promise<void> {
  const before = counter.packets
  const started = performance.now()
  await until(() => counter.packets > before || performance.now() - started > BLOCK_MS, {
    what: 'the captured packets',
    deadlineMs: BLOCK_MS * 2,
    everyMs: 20,
    ...(signal && { signal }),
  })
}

/** Lets dumpcap write its last packets; does not wait for one that does not end. */
async function ended(capture: Capture, passed: PassThrough): Promise<void> {
  await Promise.race([
    capture.exited,
    new Promise((resolve) => AbortSignal.timeout(1000).addEventListener('abort', resolve)),
  ])
  if (!passed.writableEnded) passed.end()
}
