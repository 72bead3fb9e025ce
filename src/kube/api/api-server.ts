import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { KubeClient } from '../client.ts'
import type { PodAccess } from '../pod-access.ts'
import type { ResourceDefinition } from '../registry/definition.ts'
import type { Schema } from '../schema/schema.ts'
import { followCustomKinds } from './custom-kinds.ts'
import { Discovery } from './http/discovery.ts'
import { exchangeOf, type Exchange } from './http/exchange.ts'
import { handleRequest } from './http/handle-request.ts'
import { hasToken, listenTls, listenUnix, type TlsAddress } from './http/listen.ts'
import { sendRefusal } from './http/respond.ts'
import { inProcessClient } from './in-process-client.ts'
import { createBackend, type Backend } from './operations/backend.ts'
import { unauthorized } from './refusals.ts'
import { Store } from './store/store.ts'
import { createSystemNamespaces } from './system-namespaces.ts'

export interface ApiServerOptions {
  readonly registry: readonly ResourceDefinition[]
  readonly schema: Schema
  /** May come later: {@link ApiServer.podAccess}. */
  readonly podAccess?: PodAccess
  readonly now?: () => Date
}

/** Answers requests below a prefix that are not Kubernetes' own. */
export type ExtraHandler = (request: IncomingMessage, response: ServerResponse) => void

export interface TlsListenOptions extends TlsAddress {
  /** What clients must present as `Authorization: Bearer`. */
  readonly token: string
}

/** A kube-apiserver with its own store, in this process. */
export class ApiServer {
  /** Writes as "knet". */
  readonly client: KubeClient
  /** How to reach containers; exec, attach, log and portforward answer 500 until it is there. */
  podAccess: PodAccess | undefined
  readonly #backend: Backend
  readonly #discovery: Discovery
  readonly #servers: Server[] = []
  readonly #upgraded = new Set<Duplex>()
  readonly #extras = new Map<string, ExtraHandler>()

  constructor({ registry, schema, podAccess, now = () => new Date() }: ApiServerOptions) {
    this.#backend = createBackend({ registry, schema, store: new Store(), now })
    this.#discovery = new Discovery(this.#backend.kinds)
    followCustomKinds(this.#backend)
    this.podAccess = podAccess
    this.client = this.clientFor('knet')
    createSystemNamespaces(this.#backend)
  }

  /** A client whose writes are another program's in metadata.managedFields. */
  clientFor(manager: string): KubeClient {
    return inProcessClient(this.#backend, manager)
  }

  /** Serves paths that begin with `prefix`, on unix sockets only. */
  handle(prefix: string, handler: ExtraHandler): void {
    this.#extras.set(prefix, handler)
  }

  /** Whoever may open the socket (mode 0600) may do everything. */
  async listenUnix(path: string): Promise<void> {
    const server = await listenUnix(
      path,
      (request, response) => {
        const extra = [...this.#extras].find(([prefix]) => request.url?.startsWith(prefix))
        if (extra) extra[1](request, response)
        else this.#answer(exchangeOf(request, response))
      },
      (request, socket, head) => this.#upgrade(request, socket, head),
    )
    this.#servers.push(server)
  }

  /** @returns the port; undefined on an inherited unix descriptor. */
  async listenTls({ token, ...address }: TlsListenOptions): Promise<number | undefined> {
    const server = await listenTls(
      address,
      (request, response) => {
        const exchange = exchangeOf(request, response)
        if (hasToken(request, token)) this.#answer(exchange)
        else void sendRefusal(exchange, unauthorized())
      },
      (request, socket, head) => {
        if (hasToken(request, token)) this.#upgrade(request, socket, head)
        else socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n')
      },
    )
    this.#servers.push(server)
    return (server.address() as AddressInfo | null)?.port
  }

  /** Stops listening and ends all connections. */
  async close(): Promise<void> {
    for (const socket of this.#upgraded) socket.destroy()
    await Promise.all(
      this.#servers.splice(0).map((server) => {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()))
        server.closeAllConnections()
        return closed
      }),
    )
  }

  #answer(exchange: Exchange): void {
    const { podAccess } = this
    void handleRequest({ backend: this.#backend, discovery: this.#discovery, podAccess }, exchange)
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#upgraded.add(socket)
    socket.on('close', () => this.#upgraded.delete(socket))
    socket.on('error', () => socket.destroy())
    const server = { backend: this.#backend, podAccess: this.podAccess }
    void import('./streaming/upgrade.ts').then(({ handleUpgrade }) =>
      handleUpgrade(server, { request, socket, head }),
    )
  }
}

export function createApiServer(options: ApiServerOptions): ApiServer {
  return new ApiServer(options)
}
