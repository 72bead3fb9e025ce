import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answers } from './sockets.ts'

/**
 * A lock that is a name which a process listens on, so that no dead process can hold it.
 * @param path what is locked: a file or folder, of this user.
 * @returns what gives the lock back.
 * @throws the system's EADDRINUSE when another process has it.
 */
export async function kernelLock(
  path: string,
  platform: NodeJS.Platform = process.platform,
): Promise<() => void> {
  const id = createHash('sha256').update(`${process.getuid?.()}:${path}`).digest('hex').slice(0, 32)
  const name = nameOn(platform, id)
  const server = platform === 'linux' || platform === 'win32' ? await listen(name) : await listenOnFile(name)
  server.unref()
  return () => server.close()
}

/** Linux has a table of abstract sockets (unix(7)), Windows one of named pipes: what is in them is gone with its process. */
function nameOn(platform: NodeJS.Platform, id: string): string {
  if (platform === 'linux') return `\0knet-labs/${id}`
  if (platform === 'win32') return `\\\\.\\pipe\\knet-labs-${id}`
  return join(tmpdir(), `knet-labs-${id}`)
}

async function listen(name: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy())
  await once(server.listen(name), 'listening')
  return server
}

/** Elsewhere sockets are files, which stay when their process is killed: one at which nobody answers is taken over. */
async function listenOnFile(file: string): Promise<Server> {
  try {
    return await listen(file)
  } catch (thrown) {
    if (await answers(file)) throw thrown
    rmSync(file, { force: true })
    return await listen(file)
  }
}
