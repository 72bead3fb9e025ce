import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'

/**
 * The proxy that the environment names for an address, as curl(1) reads it: HTTPS_PROXY or HTTP_PROXY, else ALL_PROXY,
 * but for hosts of NO_PROXY; small letters go before capitals. Node's own fetch reads none of them before Node 24.
 */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): URL | undefined {
  const named = (name: string) => env[name.toLowerCase()] || env[name]
  if (isExempt(url, named('NO_PROXY') ?? '')) return undefined
  const proxy = named(url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY') ?? named('ALL_PROXY')
  if (!proxy) return undefined
  return new URL(proxy.includes('://') ? proxy : `http://${proxy}`)
}

/** A host, or what it is below: "example.org" and ".example.org" hold for a.example.org too. With a port, for that one only. */
function isExempt({ hostname, host }: URL, list: string): boolean {
  return list
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((entry) => entry.toLowerCase().replace(/^\*?\./, ''))
    .some((entry) => {
      const name = entry.includes(':') ? host : hostname
      return entry === '*' || name === entry || name.endsWith(`.${entry}`)
    })
}

/** A connection through a proxy to host:port (RFC 9110, CONNECT). @throws when the proxy is not there or refuses. */
export function connectThrough(
  proxy: URL,
  { host, port, signal }: { host: string; port: number; signal: AbortSignal | undefined },
): Promise<Socket> {
  const target = `${host}:${port}`
  const send = proxy.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const asking = send({
      host: proxy.hostname,
      port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...authorization(proxy) },
      agent: false,
      ...(signal ? { signal } : {}),
    })
    asking.once('error', (error) => reject(new Error(`the proxy ${proxy.host}: ${error.message}`)))
    asking.once('connect', (answer, socket) => {
      if (answer.statusCode === 200) return resolve(socket)
      socket.destroy()
      reject(new Error(`the proxy ${proxy.host} answered ${answer.statusCode} to CONNECT ${target}`))
    })
    asking.end()
  })
}

function authorization({ username, password }: URL): Record<string, string> {
  if (!username) return {}
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }
}
