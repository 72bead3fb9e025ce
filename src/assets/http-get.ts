import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { connectThrough, proxyFor } from './proxy.ts'

export interface GetOptions {
  /** Proxies are named by it. */
  readonly env: NodeJS.ProcessEnv
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
  /** A server that says nothing for so long says nothing more; 30 seconds when absent. */
  readonly silenceMs?: number | undefined
}

const MOST_REDIRECTS = 10
const SILENCE_MS = 30_000

/**
 * GET, following redirects, through the proxies of the environment. What ends with an error: no connection, silence, and a
 * body that breaks off. Any status is an answer.
 */
export async function httpGet(url: string, options: GetOptions): Promise<IncomingMessage> {
  let at = new URL(url)
  let headers = options.headers ?? {}
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    options.signal?.throwIfAborted()
    const answer = await getOnce(at, { ...options, headers })
    const { statusCode = 0, headers: said } = answer
    if (![301, 302, 303, 307, 308].includes(statusCode) || !said.location) return answer
    answer.destroy()
    const next = new URL(said.location, at)
    if (at.protocol === 'https:' && next.protocol !== 'https:')
      throw new Error(`${at.host} sends us on to ${next.origin}, which is not encrypted`)
    // Credentials are for who asked for them.
    if (next.host !== at.host) headers = withoutAuthorization(headers)
    at = next
  }
  throw new Error(`more than ${MOST_REDIRECTS} redirects`)
}

function withoutAuthorization(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization'))
}

async function getOnce(url: URL, o: GetOptions): Promise<IncomingMessage> {
  const { env, headers, signal, silenceMs = SILENCE_MS } = o
  const proxy = proxyFor(url, env)
  const options: RequestOptions = {
    headers: { 'user-agent': 'knet-labs', ...headers },
    ...(signal ? { signal } : {}),
    // Signed addresses hold for the host without its usual port.
    defaultPort: url.protocol === 'https:' ? 443 : 80,
    // An agent would make connections of its own.
    ...(proxy ? { createConnection: await throughProxy(proxy, url, signal) } : { agent: false }),
  }
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const asking = send(url, options)
    let answer: IncomingMessage | undefined
    asking.once('error', reject)
    asking.once('response', (response) => resolve((answer = response)))
    asking.setTimeout(silenceMs, () => {
      const silence = new Error(`${url.host} said nothing for ${silenceMs / 1000} seconds`)
      // Of an answer that has begun, its reader is to hear of it.
      answer?.destroy(silence)
      asking.destroy(silence)
    })
    asking.end()
  })
}

/** Plain HTTP goes through a CONNECT too: every proxy that downloads need speaks it. */
async function throughProxy(proxy: URL, url: URL, signal: AbortSignal | undefined): Promise<() => Socket> {
  const secure = url.protocol === 'https:'
  const port = Number(url.port) || (secure ? 443 : 80)
  const socket = await connectThrough(proxy, { host: url.hostname, port, signal })
  if (!secure) return () => socket
  return () => connectTls({ socket, servername: url.hostname, ALPNProtocols: ['http/1.1'] })
}

/** The whole body as text. */
export async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
