import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { createSecureContext, TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'
import { ensureCertificates } from '../../src/kube/api/pki.ts'
import { temporaryFolder } from './lab-folder.ts'

export interface FakeInternet {
  /** Sends a program's downloads here: the proxy, and the authority that it is to trust. */
  readonly env: NodeJS.ProcessEnv
  /** "github.com/k3s-io/k3s/…", with the range where one was asked for. */
  readonly asked: string[]
}

/**
 * A proxy behind which every host is one server of the test's, with a certificate for it: what downloads does all that it
 * does in the world, TLS too.
 * @param answer gets the address without its scheme: "github.com/k3s-io/k3s/releases/…".
 */
export async function fakeInternet(
  hosts: readonly string[],
  answer: (address: string, request: IncomingMessage, response: ServerResponse) => void,
): Promise<FakeInternet> {
  const folder = temporaryFolder()
  onTestFinished(() => folder.remove())
  const { certificate, key } = await ensureCertificates(folder.path, { names: hosts, addresses: [] })
  const asked: string[] = []
  const site = createServer((request, response) => {
    const address = `${request.headers.host}${request.url}`
    asked.push(request.headers.range ? `${address} ${request.headers.range}` : address)
    answer(address, request, response)
  })
  const secureContext = createSecureContext({ cert: certificate, key })
  const sockets = new Set<Socket>()
  const proxy = createServer()
  proxy.on('connect', (_, client: Socket) => {
    sockets.add(client)
    client.on('error', () => client.destroy()).write('HTTP/1.1 200 OK\r\n\r\n')
    const secure = new TLSSocket(client, { isServer: true, secureContext })
    secure.on('error', () => client.destroy())
    site.emit('connection', secure)
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    proxy.close()
  })
  const { port } = proxy.address() as AddressInfo
  return {
    asked,
    env: { HTTPS_PROXY: `http://127.0.0.1:${port}`, NODE_EXTRA_CA_CERTS: join(folder.path, 'ca.crt') },
  }
}
