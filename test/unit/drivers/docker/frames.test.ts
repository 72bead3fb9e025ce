import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { readFrames } from '../../../../src/drivers/docker/frames.ts'

function frame(stream: number, content: string): Buffer {
  const header = Buffer.alloc(8)
  header[0] = stream
  header.writeUInt32BE(Buffer.byteLength(content), 4)
  return Buffer.concat([header, Buffer.from(content)])
}

async function read(chunks: Iterable<Buffer>): Promise<[string, string]> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const said = Promise.all([text(stdout), text(stderr)])
  await readFrames(Readable.from(chunks), stdout, stderr)
  return said
}

test('both streams are told apart, however the connection cuts them', async () => {
  const whole = Buffer.concat([
    frame(1, 'one '),
    frame(2, 'bad'),
    frame(1, ''),
    frame(1, 'two'),
    frame(2, ' luck'),
  ])
  for (const size of [1, 3, 8, 11, whole.length]) {
    const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, n) =>
      whole.subarray(n * size, (n + 1) * size),
    )
    expect(await read(chunks)).toEqual(['one two', 'bad luck'])
  }
})

test('what is said goes no faster than it is read', async () => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  let sent = 0
  function* flood() {
    for (; sent < 100; sent++) yield frame(1, 'x'.repeat(10_000))
  }
  const done = readFrames(Readable.from(flood()), stdout, stderr)
  await new Promise(setImmediate)
  expect(sent).toBeLessThan(50)
  expect((await text(stdout)).length).toBe(1_000_000)
  await done
})

test('a reader that goes away does not hold up the rest', async () => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const done = readFrames(Readable.from([frame(1, 'x'.repeat(100_000)), frame(2, 'end')]), stdout, stderr)
  stdout.destroy()
  expect(await text(stderr)).toBe('end')
  await done
})
