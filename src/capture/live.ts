import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { Machine } from '../machine/machine.ts'
import { type CaptureOptions, startCapture } from './dumpcap.ts'
import { PcapCounter } from './pcap-stream.ts'

export interface LiveCapture {
  /** Packets so far. */
  readonly packets: number
  /** Resolves with the number of packets when the capture and its reader are done. */
  readonly done: Promise<number>
  stop(): void
}

/** A capture into a file, standard output or Wireshark's standard input. A reader that goes away ends the capture. */
export async function captureTo(
  machine: Machine,
  options: CaptureOptions,
  target: Writable,
  onPackets?: (packets: number) => void,
): Promise<LiveCapture> {
  const capture = await startCapture(machine, options)
  const counter = new PcapCounter()
  capture.stream.on('data', (chunk: Buffer) => {
    const before = counter.packets
    if (counter.push(chunk) > before) onPackets?.(counter.packets)
  })
  target.on('error', () => capture.stop())
  capture.stream.pipe(target, { end: target !== process.stdout })
  const done = Promise.all([capture.exited, finished(capture.stream)]).then(() => counter.packets)
  return {
    get packets() {
      return counter.packets
    },
    done,
    stop: () => capture.stop(),
  }
}

/** The command line that shows a capture live in Wireshark; give it the stream on its standard input. */
export const WIRESHARK = ['wireshark', '-k', '-i', '-', '-d', 'udp.port==8472,vxlan'] as const
