const FILE_HEADER = 24
const RECORD_HEADER = 16
const LITTLE_ENDIAN = new Set([0xa1b2c3d4, 0xa1b23c4d])

/**
 * Counts packets as a classic pcap stream goes by (libpcap's savefile format: a 24-byte header, then 16 bytes before
 * each packet, of which bytes 8-11 are its length).
 */
export class PcapCounter {
  packets = 0
  /** Length of the stream up to the end of the last whole packet. */
  bytes = 0
  #pending = Buffer.alloc(0)
  #little: boolean | undefined
  readonly #onPacket: ((start: number, length: number) => void) | undefined

  /** @param onPacket is told where in the stream each packet's own bytes are. */
  constructor(onPacket?: (start: number, length: number) => void) {
    this.#onPacket = onPacket
  }

  /** Takes the next bytes; returns how many packets have been completed so far. */
  push(bytes: Uint8Array): number {
    this.#pending = Buffer.concat([this.#pending, bytes])
    if (this.#little === undefined) {
      if (this.#pending.length < FILE_HEADER) return 0
      this.#little = LITTLE_ENDIAN.has(this.#pending.readUInt32LE(0))
      this.#pending = this.#pending.subarray(FILE_HEADER)
      this.bytes = FILE_HEADER
    }
    for (;;) {
      if (this.#pending.length < RECORD_HEADER) return this.packets
      const length = this.#little ? this.#pending.readUInt32LE(8) : this.#pending.readUInt32BE(8)
      if (this.#pending.length < RECORD_HEADER + length) return this.packets
      this.#pending = this.#pending.subarray(RECORD_HEADER + length)
      this.#onPacket?.(this.bytes + RECORD_HEADER, length)
      this.bytes += RECORD_HEADER + length
      this.packets++
    }
  }
}
