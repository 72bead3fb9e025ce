import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { LabError } from '../base/errors.ts'
import type { Machine, MachineProcess } from '../machine/machine.ts'

export interface CaptureOptions {
  /** Where to listen; a capture is always bound to one interface. */
  readonly interface: string
  /** A capture filter in libpcap's words: `udp port 8472`. */
  readonly filter?: string | undefined
  /** Bounds; the first one reached ends the capture. */
  readonly seconds?: number | undefined
  readonly packets?: number | undefined
  readonly kilobytes?: number | undefined
  /** Packets that the kernel keeps while dumpcap is busy; libpcap's 2 MB when absent. */
  readonly bufferMegabytes?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** A capture that is listening. */
export interface Capture {
  /** Classic pcap, packet by packet. Ends when the capture does. */
  readonly stream: Readable
  readonly exited: Promise<number>
  /** What dumpcap had to complain about while it listened: "The network adapter … is no longer attached". */
  complaint(): string | undefined
  /** Ends it; what was seen so far has still to be read from the stream. */
  stop(): void
}

const ARMED_WITHIN_MS = 5000

/**
 * Starts dumpcap in a machine and resolves when it listens: dumpcap says "File: -" once the interface is open and the
 * filter is set. It needs no privileges to drop and no file, so it works under a single uid map too.
 * @throws LabError KNET_CAPTURE with dumpcap's own words: no such interface, a filter that does not parse, not installed.
 */
export async function startCapture(machine: Machine, options: CaptureOptions): Promise<Capture> {
  const process = machine.spawn(dumpcapCommand(options), options.signal ? { signal: options.signal } : {})
  process.stdin.end()
  const stop = () => process.kill('SIGINT')
  options.signal?.addEventListener('abort', stop, { once: true })
  void process.exited.then(() => options.signal?.removeEventListener('abort', stop))
  const said = wordsOf(process)
  await armed(process, said, machine.name, options)
  return { stream: process.stdout, exited: process.exited, complaint: () => reason(said.text), stop }
}

export function dumpcapCommand(options: CaptureOptions): string[] {
  return [
    'dumpcap',
    '-q',
    '-P',
    '-w',
    '-',
    '-i',
    options.interface,
    ...(options.filter ? ['-f', options.filter] : []),
    ...(options.bufferMegabytes === undefined ? [] : ['-B', String(options.bufferMegabytes)]),
    ...(options.seconds === undefined ? [] : ['-a', `duration:${options.seconds}`]),
    ...(options.kilobytes === undefined ? [] : ['-a', `filesize:${options.kilobytes}`]),
    ...(options.packets === undefined ? [] : ['-c', String(options.packets)]),
  ]
}

/** The last of what dumpcap says, as it comes. */
interface Words {
  text: string
  onMore?: () => void
}

function wordsOf(process: MachineProcess): Words {
  const said: Words = { text: '' }
  process.stderr.on('data', (chunk: Buffer) => {
    said.text = (said.text + chunk.toString()).slice(-4096)
    said.onMore?.()
  })
  return said
}

async function armed(
  process: MachineProcess,
  said: Words,
  machine: string,
  options: CaptureOptions,
): Promise<void> {
  const deadline = AbortSignal.timeout(ARMED_WITHIN_MS)
  const ended = process.exited.then(() => 'ended' as const)
  const listening = new Promise<'armed'>((resolve) => {
    said.onMore = () => {
      if (/^File: /m.test(said.text)) resolve('armed')
    }
  })
  const late = once(deadline, 'abort').then(() => 'late' as const)
  const outcome = await Promise.race([listening, ended, late])
  if (outcome === 'armed') return
  process.kill('SIGKILL')
  throw new LabError('KNET_CAPTURE', {
    message: `Can't capture on ${options.interface} of ${machine}: ${reason(said.text) ?? 'dumpcap said nothing'}`,
    hint: 'knet-labs doctor says whether dumpcap is installed and may be used.',
  })
}

/** The sentence of dumpcap's error; it goes on with advice about permissions that does not apply here. */
function reason(said: string): string | undefined {
  const lines = said.split('\n').map((line) => line.replace(/^dumpcap: /, '').trim())
  return lines.find((line) => line && !/^(?:Capturing on|File:|Packets )/.test(line))
}
