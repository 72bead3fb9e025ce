import { once } from 'node:events'
import { claimSocket, inodeOf, releaseSocket } from './claim-socket.ts'
import { ClientService } from './client-service.ts'
import { TerminalStore } from './terminal-store.ts'

/** Whoever started the keeper connects at once; who does not has died meanwhile. */
const FIRST_CLIENT_MS = 10_000

/**
 * The program that owns a lab's terminals. Ends when its last terminal has ended and nobody is connected, or on
 * SIGTERM; the process should then exit, as programs that ignored the hang-up would keep it. Does nothing when another
 * keeper has the socket.
 * @param socketPath where it listens.
 */
export async function runKeeper(socketPath: string): Promise<void> {
  const clients = new Set<ClientService>()
  const unused = new AbortController()
  const endWhenUnused = () => {
    if (clients.size === 0 && !store.hasRunning) unused.abort()
  }
  const store = new TerminalStore(endWhenUnused)
  const nobodyCame = setTimeout(endWhenUnused, FIRST_CLIENT_MS)

  const server = await claimSocket(socketPath, (socket) => {
    const client = new ClientService(socket, store)
    clients.add(client)
    // Another keeper that looks whether this one answers says nothing, and is no client whose leaving ends it.
    let asked = false
    socket.once('data', () => {
      asked = true
      clearTimeout(nobodyCame)
    })
    socket.once('close', () => {
      client.end()
      clients.delete(client)
      if (clients.size === 0) store.forgetEnded()
      if (asked) endWhenUnused()
    })
  })
  if (server) {
    const inode = inodeOf(socketPath)
    await endOf(unused.signal)
    releaseSocket(server, socketPath, inode)
    for (const client of clients) client.leave()
    store.closeAll()
  }
  clearTimeout(nobodyCame)
}

async function endOf(unused: AbortSignal): Promise<void> {
  if (unused.aborted) return
  const ends = ['SIGTERM', 'SIGINT', 'SIGHUP'].map((signal) => once(process, signal))
  await Promise.race([...ends, once(unused, 'abort')])
}
