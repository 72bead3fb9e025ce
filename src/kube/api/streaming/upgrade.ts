import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ResourceServer } from '../http/handle-resource.ts'

export interface Upgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

export function handleUpgrade(_server: ResourceServer, { socket }: Upgrade): void {
  socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
}
