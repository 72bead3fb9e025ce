import { timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

export interface TlsAddress {
  /** PEM texts. */
  readonly certificate: string
  readonly key: string
  /** A listening socket that this process inherited; else host and port. */
  readonly fd?: number
  readonly host?: string
  /** 0 takes a free one. */
  readonly port?: number
}

const keepAlive = { keepAliveTimeout: 120_000, requestTimeout: 0, headersTimeout: 20_000 }

/** Serves a unix socket that only its owner may open; one that a dead server left behind is replaced. */
export async function listenUnix(
  path: string,
  onRequest: RequestListener,
  onUpgrade: UpgradeListener,
): Promise<Server> {
  const { createServer } = await import('node:http')
  await rm(path, { force: true })
  const server = createServer(keepAlive, onRequest).on('upgrade', onUpgrade)
  const before = process.umask(0o177)
  try {
    server.listen(path)
  } finally {
    process.umask(before)
  }
  await once(server, 'listening')
  await chmod(path, 0o600)
  return server
}

/** Serves TLS on an inherited descriptor or an address. */
export async function listenTls(
  { certificate, key, fd, host = '127.0.0.1', port = 0 }: TlsAddress,
  onRequest: RequestListener,
  onUpgrade: UpgradeListener,
): Promise<Server> {
  const { createServer } = await import('node:https')
  // Clients show no certificates; without this empty list Node would parse all 140 authorities that it is shipped with.
  const context = { cert: certificate, key, ca: [] }
  const server = createServer({ ...keepAlive, ...context }, onRequest).on('upgrade', onUpgrade)
  // Probes that hang up halfway through a handshake are no business of ours.
  server.on('tlsClientError', (_, socket) => socket.destroy())
  server.listen(fd === undefined ? { host, port } : { fd })
  await once(server, 'listening')
  return server
}

/** Whether a request carries the token, compared in constant time. */
export function hasToken({ headers }: IncomingMessage, token: string): boolean {
  const given = Buffer.from(headers.authorization ?? '')
  const expected = Buffer.from(`Bearer ${token}`)
  return given.length === expected.length && timingSafeEqual(given, expected)
}
