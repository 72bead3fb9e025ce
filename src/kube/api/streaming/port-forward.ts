import type { Duplex } from 'node:stream'
import { messageOf } from '../../../base/errors.ts'
import type { PodAccess } from '../../pod-access.ts'
import { serveSpdy, type SpdyStream } from './spdy.ts'

export const PORT_FORWARD_PROTOCOL = 'portforward.k8s.io'
/** The same, carried in messages of a WebSocket: kubectl since 1.31. */
export const PORT_FORWARD_WEBSOCKET = 'SPDY/3.1+portforward.k8s.io'

interface Pair {
  error?: Duplex
  data?: Duplex
}

/**
 * Serves a port-forward: for each connection on the learner's side the client opens an error and a data stream with the
 * same requestID.
 */
export async function servePortForward(
  access: PodAccess,
  pod: { namespace: string; name: string },
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const pairs = new Map<string, Pair>()
  await serveSpdy(socket, head, ({ duplex, headers }: SpdyStream) => {
    const id = headers['requestid'] ?? ''
    const pair = pairs.get(id) ?? {}
    pairs.set(id, pair)
    pair[headers['streamtype'] === 'error' ? 'error' : 'data'] = duplex
    if (!pair.error || !pair.data) return
    pairs.delete(id)
    void forward(access, pod, Number(headers['port']), pair.data, pair.error)
  })
}

async function forward(
  access: PodAccess,
  pod: { namespace: string; name: string },
  port: number,
  data: Duplex,
  error: Duplex,
): Promise<void> {
  const fail = (thrown: unknown) => {
    error.end(`error forwarding port ${port} to pod ${pod.name}: ${messageOf(thrown)}`)
    data.end()
  }
  try {
    const target = await access.portForward(pod, port)
    target.on('error', fail)
    target.on('close', () => {
      error.end()
      data.end()
    })
    data.on('close', () => target.destroy())
    data.pipe(target)
    target.pipe(data)
  } catch (thrown) {
    fail(thrown)
  }
}
