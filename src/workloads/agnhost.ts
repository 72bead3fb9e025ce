import { createServer, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { hostname } from 'node:os'
import { parseArgs } from 'node:util'

/**
 * registry.k8s.io/e2e-test-images/agnhost, the subcommands that networking exercises use: netexec, serve-hostname, connect,
 * pause. See test/images/agnhost in kubernetes/kubernetes.
 */
export async function runAgnhost(argv: readonly string[]): Promise<number> {
  const [command = 'pause', ...rest] = argv
  switch (command) {
    case 'netexec':
      return serve(Number(option(rest, 'http-port', '8080')), netexec)
    case 'serve-hostname':
      return serve(Number(option(rest, 'port', '9376')), () => hostname())
    case 'connect':
      return connectOnce(rest)
    case 'pause':
      return untilTold()
    default:
      process.stderr.write(
        `agnhost (knet-labs' stand-in): unknown command "${command}"; it has netexec, serve-hostname, connect, pause\n`,
      )
      return 1
  }
}

type Answer = (request: IncomingMessage) => string | undefined

function netexec(request: IncomingMessage): string | undefined {
  const url = new URL(request.url ?? '/', 'http://agnhost')
  const from = `${plainAddress(request.socket.remoteAddress)}:${request.socket.remotePort}`
  switch (url.pathname.toLowerCase()) {
    case '/':
      return `NOW: ${new Date().toISOString()}`
    case '/hostname':
      return hostname()
    case '/clientip':
      return from
    case '/echo':
      return url.searchParams.get('msg') ?? ''
    case '/healthz':
      return 'ok'
    default:
      return undefined
  }
}

async function serve(port: number, answer: Answer): Promise<number> {
  const server = createServer((request, response) => {
    const text = answer(request)
    response.writeHead(text === undefined ? 404 : 200, { 'Content-Type': 'text/plain; charset=utf-8' })
    response.end(text ?? '404 page not found\n')
  })
  server.listen(port)
  const code = await untilTold()
  server.close()
  server.closeAllConnections()
  return code
}

/** `connect HOST:PORT [--timeout 5s]`: exit 0 when a TCP connection is made, else TIMEOUT, REFUSED or DNS on stderr and 1. */
function connectOnce(argv: readonly string[]): Promise<number> {
  const target = argv.find((word) => !word.startsWith('-')) ?? ''
  const at = target.lastIndexOf(':')
  const seconds = Number.parseFloat(option(argv, 'timeout', '10'))
  return new Promise((resolve) => {
    const socket = connect({ host: target.slice(0, at), port: Number(target.slice(at + 1)) })
    const end = (code: number, why?: string) => {
      socket.destroy()
      if (why) process.stderr.write(`${why}\n`)
      resolve(code)
    }
    socket.setTimeout(seconds * 1000, () => end(1, 'TIMEOUT'))
    socket.once('connect', () => end(0))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const words: Record<string, string> = {
        ECONNREFUSED: 'REFUSED',
        ENOTFOUND: 'DNS',
        ETIMEDOUT: 'TIMEOUT',
      }
      end(1, words[error.code ?? ''] ?? `OTHER: ${error.message}`)
    })
  })
}

function untilTold(): Promise<number> {
  return new Promise((resolve) => {
    const waiting = setInterval(() => {}, 2 ** 30)
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.once(name, () => {
        clearInterval(waiting)
        resolve(0)
      })
    }
  })
}

function option(argv: readonly string[], name: string, fallback: string): string {
  const { values } = parseArgs({
    args: [...argv],
    options: { [name]: { type: 'string' } },
    strict: false,
    allowPositionals: true,
  })
  const value = values[name]
  return typeof value === 'string' ? value : fallback
}

function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '')
}
