import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'

/** A socket of the host's own network, at a port that is free: a process inside the sandbox serves it, which inherits its descriptor. */
export async function listenOnLoopback(): Promise<Server> {
  const server = createServer().listen({ host: '127.0.0.1', port: 0, backlog: 128 })
  await once(server, 'listening')
  return server
}

/** Whether somebody listens at a socket's file: those of killed processes stay. */
export async function answers(path: string): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
