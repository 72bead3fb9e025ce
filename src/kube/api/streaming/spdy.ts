import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Connection, Stream } from 'spdy-transport'

/** A stream that the client opened, and the headers it gave it, names in lower case. */
export interface SpdyStream {
  readonly duplex: Duplex
  readonly headers: Readonly<Record<string, string>>
}

/** The subprotocols that a client offers in X-Stream-Protocol-Version. */
export function offeredProtocols({ headers }: IncomingMessage): string[] {
  const offered = headers['x-stream-protocol-version'] ?? ''
  return String(offered)
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
}

/** Agrees to an upgrade to SPDY/3.1. */
export function acceptSpdy(socket: Duplex, protocol: string): void {
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  )
}

/** Serves SPDY/3.1 on a connection and calls back for each stream that the client opens. */
export async function serveSpdy(
  socket: Duplex,
  head: Buffer,
  onStream: (stream: SpdyStream) => void,
): Promise<void> {
  const { default: transport } = await import('spdy-transport')
  const connection = transport.connection.create(socket, { protocol: 'spdy', isServer: true })
  if (head.length > 0) socket.unshift(head)
  adaptToSpdystream(connection)
  connection.on('error', () => socket.destroy())
  connection.on('stream', (stream) => {
    ignoreWindow(stream)
    stream.on('error', () => stream.destroy())
    stream.respond(200, {})
    const headers = Object.entries(stream.headers).map(([name, value]) => [name.toLowerCase(), value])
    onStream({ duplex: stream, headers: Object.fromEntries(headers) as Record<string, string> })
  })
  connection.start(3.1)
}

/** Go's spdystream, which kubectl speaks, leaves out :method and :path, and all of flow control. */
function adaptToSpdystream(connection: Connection): void {
  const { parser } = connection._spdyState
  const parse = parser.parseKVs.bind(parser)
  parser.parseKVs = (buffer, callback) =>
    parse(buffer, (error, headers) => {
      callback(error, headers && { ':method': 'POST', ':path': '/', ...headers })
    })
  ignoreWindow(connection)
}

function ignoreWindow({ _spdyState: { window } }: Connection | Stream): void {
  const update = (_size: number, callback?: () => void) => {
    if (callback) process.nextTick(callback)
  }
  window.send.update = update
  window.recv.update = update
}
