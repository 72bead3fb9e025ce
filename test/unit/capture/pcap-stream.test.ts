import { expect, test } from 'vitest'
import { PcapCounter } from '../../../src/capture/pcap-stream.ts'

const header = Buffer.alloc(24)
header.writeUInt32LE(0xa1b2c3d4, 0)

function packet(length: number): Buffer {
  const record = Buffer.alloc(16 + length)
  record.writeUInt32LE(length, 8)
  return record
}

test('packets are counted however the stream is cut', () => {
  const stream = Buffer.concat([header, packet(60), packet(0), packet(1500)])
  for (const size of [1, 7, 16, 24, 100, stream.length]) {
    const counter = new PcapCounter()
    for (let at = 0; at < stream.length; at += size) counter.push(stream.subarray(at, at + size))
    expect(counter.packets).toBe(3)
  }
})

test('half a packet does not count', () => {
  const counter = new PcapCounter()
  expect(counter.push(Buffer.concat([header, packet(60), packet(60).subarray(0, 20)]))).toBe(1)
})

test('a capture of the other byte order is understood', () => {
  const swapped = Buffer.concat([header, packet(60)])
  for (const at of [0, 32]) swapped.subarray(at, at + 4).reverse()
  expect(new PcapCounter().push(swapped)).toBe(1)
})
