import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'

/**
 * An HTTP proxy that listens on a unix socket: what has no network of its own, and sees the socket, gets at package registries as this
 * machine does.
 */
export async function hostProxy(socketPath: string): Promise<Server> {
  const server = createServer(forward)
  server.on('connect', tunnel)
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  return server
}

function forward(incoming: IncomingMessage, answer: ServerResponse): void {
  const { hostname, port, pathname, search } = new URL(incoming.url ?? '')
  const { method, headers } = incoming
  const path = pathname + search
  const outgoing = request({ hostname, port: port || 80, path, method, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers)
    response.pipe(answer)
  })
  outgoing.on('error', () => answer.writeHead(502).end())
  incoming.pipe(outgoing)
}

function tunnel({ url = '' }: IncomingMessage, client: Duplex): void {
  const [host, port] = url.split(':')
  const server = connect(Number(port), host, () => {
    client.write('HTTP/1.1 200 OK\r\n\r\n')
    server.pipe(client).pipe(server)
  })
  server.on('error', () => client.destroy())
  client.on('error', () => server.destroy())
}
