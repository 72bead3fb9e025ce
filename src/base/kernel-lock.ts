import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * A lock that is a name in the kernel's table of abstract sockets (unix(7)), which is taken at once or not at all and
 * is gone with the process that took it, so there is no such thing as a stale one.
 * @param path what is locked: a file or folder, of this user.
 * @returns what gives the lock back.
 * @throws the system's EADDRINUSE when another process has it.
 */
export async function kernelLock(path: string): Promise<() => void> {
  const id = createHash('sha256').update(`${process.getuid?.()}:${path}`).digest('hex').slice(0, 32)
  const server = createServer((socket) => socket.destroy())
  await once(server.listen(`\0knet-labs/${id}`), 'listening')
  server.unref()
  return () => server.close()
}
