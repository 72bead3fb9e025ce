import { setTimeout as delay } from 'node:timers/promises'
import { LabError } from '../base/errors.ts'
import type { Machine } from '../machine/machine.ts'
import type { PacketDetail } from './packet-capture.ts'
import type { PacketFile } from './packet-file.ts'
import { readPdml } from './packet-pdml.ts'
import { complaint, DECODE_AS, IN_UTF8 } from './tshark.ts'

/** Packets decoded at once: starting tshark costs far more than a few packets, and who looks at one looks at the next. */
const BLOCK = 8
const KEPT_BLOCKS = 32
const DECODED_WITHIN_MS = 20_000
/** How often the newest packets are decoded while more are coming: each time costs a quarter of a second of a core. */
const NEWEST_EVERY_MS = 1000

type Block = ReadonlyMap<number, PacketDetail>

/** Packets in full, decoded by tshark when somebody looks, one run at a time; kept as long as they are looked at. */
export class PacketDetails {
  readonly #host: Machine
  readonly #file: PacketFile
  readonly #signal: AbortSignal
  /** By the first packet of a block; a block that was not full is decoded again when its other packets are asked for. */
  readonly #blocks = new Map<number, Promise<Block>>()
  #running: Promise<unknown> | undefined
  #asked = 0
  #newestNotBefore = 0

  constructor(host: Machine, file: PacketFile, signal: AbortSignal) {
    this.#host = host
    this.#file = file
    this.#signal = signal
  }

  /** @throws LabError KNET_CAPTURE when tshark can't decode it, or another was asked for before its turn came. */
  async of(number: number): Promise<PacketDetail> {
    const first = number - ((number - 1) % BLOCK)
    const kept = (await this.#blocks.get(first))?.get(number)
    if (kept) return kept
    const detail = (await this.#inTurn(first, number)).get(number)
    if (!detail) throw noTree(number, 'no such packet in the file')
    return detail
  }

  /** Decodes a block once nothing else is being decoded; of those who wait, only the last one gets a turn. */
  async #inTurn(first: number, number: number): Promise<Block> {
    const mine = ++this.#asked
    const waited = async (what: Promise<unknown>) => {
      await what
      if (mine !== this.#asked) throw noTree(number, 'another packet is being looked at')
    }
    const isNewest = this.#file.packets < first + BLOCK - 1
    const rest = isNewest ? this.#newestNotBefore - performance.now() : 0
    if (rest > 0) await waited(delay(rest, undefined, { signal: this.#signal }))
    while (this.#running) await waited(this.#running)
    if (isNewest) this.#newestNotBefore = performance.now() + NEWEST_EVERY_MS
    return await this.#fill(first)
  }

  #fill(first: number): Promise<Block> {
    const block = this.#decode(first, Math.min(first + BLOCK - 1, this.#file.packets))
    this.#blocks.delete(first)
    this.#blocks.set(first, block)
    this.#running = block.then(
      () => (this.#running = undefined),
      () => {
        this.#running = undefined
        this.#blocks.delete(first)
      },
    )
    const [oldest = first] = this.#blocks.keys()
    if (this.#blocks.size > KEPT_BLOCKS) this.#blocks.delete(oldest)
    return block
  }

  async #decode(first: number, last: number): Promise<Block> {
    const said = await this.#host.exec(
      [
        'tshark',
        ...DECODE_AS,
        '-r',
        this.#file.path,
        '-c',
        String(last),
        '-Y',
        `frame.number >= ${first} && frame.number <= ${last}`,
        '-T',
        'pdml',
      ],
      { env: IN_UTF8, timeoutMs: DECODED_WITHIN_MS, signal: this.#signal },
    )
    if (said.exitCode !== 0) throw noTree(first, complaint(said.stderr))
    const details = await Promise.all(
      readPdml(said.stdout).map(async ({ number, tree }) => {
        const bytes = await this.#file.bytesOf(number)
        return [number, { number, tree: tree(bytes), bytes }] as const
      }),
    )
    return new Map(details)
  }
}

function noTree(number: number, why: string): LabError {
  return new LabError('KNET_CAPTURE', { message: `Can't decode packet ${number}: ${why}` })
}
