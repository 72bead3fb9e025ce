import type { WebSocket } from 'ws'
import { badRequest } from '../refusals.ts'
import type { Upgrade } from './upgrade.ts'

/** Completes a WebSocket handshake in the first protocol of the client's that we know. @throws ApiError 400 */
export async function acceptWebSocket(
  { request, socket, head }: Upgrade,
  protocols: readonly string[],
): Promise<WebSocket> {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  const protocol = offered.find((name) => protocols.includes(name))
  if (!protocol) throw badRequest(`unable to upgrade: none of ${offered.join(', ')} is served here`)
  const { WebSocketServer } = await import('ws')
  const server = new WebSocketServer({ noServer: true, handleProtocols: () => protocol })
  return new Promise((resolve) => {
    server.handleUpgrade(request, socket, head, resolve)
  })
}
