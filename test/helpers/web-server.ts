import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Asked {
  readonly path: string
  readonly range: string | undefined
}

export interface WebServer {
  readonly url: string
  /** In the order of their coming. */
  readonly asked: Asked[]
}

/** A real server on this computer, for as long as a test takes. */
export async function webServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<WebServer> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    asked.push({ path: request.url ?? '', range: request.headers.range })
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

/** Serves ranges of some content, as the servers of releases do. */
export function serveRanges(content: Buffer, request: IncomingMessage, response: ServerResponse): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? NaN)
  const { length } = content
  if (Number.isNaN(from)) {
    response.writeHead(200, { 'content-length': length }).end(content)
  } else if (from >= length) {
    response.writeHead(416, { 'content-range': `bytes */${length}` }).end()
  } else {
    const rest = content.subarray(from)
    const range = `bytes ${from}-${length - 1}/${length}`
    response.writeHead(206, { 'content-length': rest.length, 'content-range': range }).end(rest)
  }
}
