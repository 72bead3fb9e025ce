import type { Duplex } from 'node:stream'
import type { RemoteStreams } from './remote-command.ts'
import { serveSpdy } from './spdy.ts'
import { parseSize, type StreamRequest } from './stream-request.ts'

/** Subprotocols of exec and attach over SPDY, best first. */
export const SPDY_PROTOCOLS = [
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
]

/** Clients hang up when they have read everything; one that does not is left after this. */
const LINGER_MS = 5000
const OPEN_DEADLINE_MS = 30_000

/** Exec's streams as SPDY streams, once the client has opened all of those that its query asks for. */
export async function spdyStreams(
  socket: Duplex,
  head: Buffer,
  protocol: string,
  request: StreamRequest,
): Promise<RemoteStreams> {
  const structured = protocol === SPDY_PROTOCOLS[0]
  const resizes = request.tty && (structured || protocol === SPDY_PROTOCOLS[1])
  const expected = [
    'error',
    ...(['stdin', 'stdout', 'stderr'] as const).filter((name) => request[name]),
    ...(resizes ? ['resize'] : []),
  ]
  const streams = await openStreams(socket, head, expected)
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => resolve())
  })
  return {
    stdin: streams.get('stdin'),
    stdout: streams.get('stdout'),
    stderr: streams.get('stderr'),
    onResize: (listener) => {
      let rest = ''
      streams.get('resize')?.on('data', (chunk: Buffer) => {
        const lines = (rest + chunk.toString()).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) listener(...parseSize(line))
      })
    },
    finish: (outcome) => {
      const text = structured ? JSON.stringify(outcome) : (outcome.message ?? '')
      streams.get('error')?.end(text)
      for (const name of ['stdout', 'stderr', 'stdin', 'resize']) streams.get(name)?.end()
      setTimeout(() => socket.destroy(), LINGER_MS).unref()
    },
    closed,
  }
}

function openStreams(
  socket: Duplex,
  head: Buffer,
  expected: readonly string[],
): Promise<ReadonlyMap<string, Duplex>> {
  const streams = new Map<string, Duplex>()
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => {
      socket.destroy(new Error('the client did not open its streams'))
    }, OPEN_DEADLINE_MS)
    socket.once('close', () => {
      clearTimeout(deadline)
      reject(new Error('the client left'))
    })
    serveSpdy(socket, head, ({ duplex, headers }) => {
      streams.set(headers['streamtype'] ?? '', duplex)
      if (!expected.every((name) => streams.has(name))) return
      clearTimeout(deadline)
      resolve(streams)
    }).catch(reject)
  })
}
