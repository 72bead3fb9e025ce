import { pipeline } from 'node:stream/promises'
import type { Machine, MachineProcess } from '../machine/machine.ts'
import type { PacketSummary } from './packet-capture.ts'
import type { PacketFile } from './packet-file.ts'
import { packetLinesCommand, packetOfLine } from './packet-lines.ts'
import { complaint, IN_UTF8 } from './tshark.ts'

/** Packets that are listed; later ones are only counted. */
export const LISTED = 10_000

/** The first packets of a file that grows, decoded as they come. */
export class PacketList {
  readonly packets: PacketSummary[] = []
  /** Called after each batch. */
  onMore = () => {}
  /** Resolves when the file has been read to its end, or the list is full; with why, where tshark gave up. */
  readonly done: Promise<string | undefined>

  /** Starts tshark. It reads at its own pace: what it has not read yet lies in the file. */
  constructor(host: Machine, file: PacketFile, signal: AbortSignal) {
    const process = host.spawn(packetLinesCommand(LISTED), { env: IN_UTF8, signal })
    const full = new AbortController()
    const fed = pipeline(file.follow(AbortSignal.any([signal, full.signal])), process.stdin).catch(() => {})
    this.done = Promise.all([this.#read(process, full), fed]).then(([trouble]) =>
      signal.aborted ? undefined : trouble,
    )
  }

  async #read(process: MachineProcess, full: AbortController): Promise<string | undefined> {
    let complaints = ''
    process.stderr.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-4096)))
    for await (const lines of batches(process.stdout)) {
      for (const line of lines) {
        const packet = packetOfLine(line)
        if (packet?.number === this.packets.length + 1) this.packets.push(packet)
      }
      // tshark ends by itself, but what feeds it would wait for the next packet.
      if (this.packets.length === LISTED) full.abort()
      this.onMore()
    }
    full.abort()
    const exitCode = await process.exited
    return exitCode === 0 ? undefined : `tshark ended: ${complaint(complaints)}`
  }
}

/** Whole lines, as many as each chunk completes. */
async function* batches(stream: NodeJS.ReadableStream): AsyncGenerator<string[]> {
  stream.setEncoding('utf8')
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    if (lines.length > 0) yield lines
  }
}
