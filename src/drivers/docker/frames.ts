import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

/** Docker's frames: a byte for the stream, three empty ones, the length in four, then that much of the stream. */
const HEADER = 8
const STDERR = 2

/**
 * Takes apart what a command without a terminal says, as Docker sends both of its streams through one connection. Goes no
 * faster than its readers. Resolves when the connection has ended, and ends both.
 */
export async function readFrames(connection: Readable, stdout: Writable, stderr: Writable): Promise<void> {
  let rest: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of connection) {
      rest = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer])
      while (rest.length >= HEADER) {
        const end = HEADER + rest.readUInt32BE(4)
        if (rest.length < end) break
        const target = rest[0] === STDERR ? stderr : stdout
        const content = rest.subarray(HEADER, end)
        rest = rest.subarray(end)
        if (!target.destroyed && !target.write(content)) await drained(target)
      }
    }
  } finally {
    stdout.end()
    stderr.end()
  }
}

/** A reader that goes away waits for nothing. */
async function drained(target: Writable): Promise<void> {
  const settled = new AbortController()
  const { signal } = settled
  await Promise.race([once(target, 'drain', { signal }), once(target, 'close', { signal })]).finally(() =>
    settled.abort(),
  )
}
