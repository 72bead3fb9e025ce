import { createServer, type Server } from 'node:http'

/** Serves one path by HTTP: what `look` says, or 503 while it says nothing; anything else is 404. */
export function serveLook(port: number, path: string, look: () => string | undefined): Promise<Server> {
  const server = createServer((request, response) => {
    const text = request.url === path ? look() : undefined
    response.statusCode = text !== undefined ? 200 : request.url === path ? 503 : 404
    response.end(text)
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, () => resolve(server))
  })
}
