import { once } from 'node:events'
import { rmSync, statSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { kernelLock } from '../base/kernel-lock.ts'
import { answers } from '../base/sockets.ts'

/**
 * Listens on a socket's path, only for this user, unless another process does already. What a killed one left there
 * is replaced.
 * @returns nothing when there is another.
 */
export async function claimSocket(
  path: string,
  serve: (socket: Socket) => void,
): Promise<Server | undefined> {
  const unlock = await kernelLock(path).catch(() => undefined)
  if (!unlock) return undefined
  try {
    if (await answers(path)) return undefined
    rmSync(path, { force: true })
    return await listen(path, serve)
  } finally {
    unlock()
  }
}

/** Ends listening. A socket that has the path by now is another's, and stays. */
export function releaseSocket(server: Server, path: string, inode: number | undefined): void {
  if (inodeOf(path) === inode) server.close()
  else server.unref()
}

/** By which a socket's file is known again. */
export function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}

async function listen(path: string, serve: (socket: Socket) => void): Promise<Server> {
  const server = createServer(serve)
  const before = process.umask(0o177)
  try {
    await once(server.listen(path), 'listening')
  } finally {
    // Programs on terminals inherit it.
    process.umask(before)
  }
  return server
}
