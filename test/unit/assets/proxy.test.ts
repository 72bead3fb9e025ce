import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { httpGet, textOf } from '../../../src/assets/http-get.ts'
import { proxyFor } from '../../../src/assets/proxy.ts'
import { webServer } from '../../helpers/web-server.ts'

const chosen = (url: string, env: NodeJS.ProcessEnv) => proxyFor(new URL(url), env)?.host

test('each scheme has its proxy, small letters go before capitals, and there is one for all', () => {
  const env = {
    HTTPS_PROXY: 'http://s:1',
    http_proxy: 'h:2',
    HTTP_PROXY: 'http://no:3',
    ALL_PROXY: 'http://a:4',
  }
  expect(chosen('https://example.org/', env)).toBe('s:1')
  expect(chosen('http://example.org/', env)).toBe('h:2')
  expect(chosen('https://example.org/', { all_proxy: 'http://a:4' })).toBe('a:4')
  expect(chosen('https://example.org/', {})).toBeUndefined()
})

test.each([
  ['example.org', true],
  ['.example.org', true],
  ['*.example.org', true],
  ['other.org, a.example.org', true],
  ['a.example.org:443', false],
  ['a.example.org:8443', true],
  ['ample.org', false],
  ['*', true],
  ['', false],
])('NO_PROXY=%s exempts a.example.org:8443: %s', (list, isExempt) => {
  const env = { HTTPS_PROXY: 'http://p:1', NO_PROXY: list }
  expect(chosen('https://a.example.org:8443/', env)).toBe(isExempt ? undefined : 'p:1')
})

/** A proxy that tunnels to this computer, whatever the host, and keeps what it was asked. */
async function proxyServer(mayPass: (request: IncomingMessage) => boolean = () => true) {
  const asked: { target: string | undefined; authorization: string | undefined }[] = []
  const server = createServer()
  server.on('connect', (request, client: Socket) => {
    asked.push({ target: request.url, authorization: request.headers['proxy-authorization'] })
    if (!mayPass(request)) {
      client.end('HTTP/1.1 407 Who are you\r\n\r\n')
      return
    }
    const port = Number(request.url?.split(':')[1])
    const there = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      there.pipe(client).pipe(there)
    })
    there.on('error', () => client.destroy())
    client.on('error', () => there.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  return { asked, host: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

test('what is fetched goes through the proxy, with its credentials', async () => {
  const site = await webServer((_, response) => response.end('hello'))
  const { port } = new URL(site.url)
  const proxy = await proxyServer()
  const env = { HTTP_PROXY: `http://ann:s%3Acret@${proxy.host}` }
  // Only the proxy knows where that is.
  expect(await textOf(await httpGet(`http://nowhere.invalid:${port}/x`, { env }))).toBe('hello')
  expect(proxy.asked).toEqual([
    {
      target: `nowhere.invalid:${port}`,
      authorization: `Basic ${Buffer.from('ann:s:cret').toString('base64')}`,
    },
  ])
})

test('a proxy that refuses, or is not there, is named', async () => {
  const site = await webServer((_, response) => response.end('hello'))
  const proxy = await proxyServer(() => false)
  const through = (host: string) => httpGet(site.url, { env: { HTTP_PROXY: `http://${host}` } })
  await expect(through(proxy.host)).rejects.toThrow(`the proxy ${proxy.host} answered 407`)
  await expect(through('127.0.0.1:1')).rejects.toThrow('the proxy 127.0.0.1:1: connect ECONNREFUSED')
})

test('redirects are followed, credentials stay with who asked for them, and a ring ends', async () => {
  const seen: (string | undefined)[] = []
  const other = await webServer((request, response) => {
    seen.push(request.headers.authorization)
    response.end('there')
  })
  const site = await webServer((request, response) => {
    const location = request.url === '/away' ? `${other.url}/x` : '/ring'
    response.writeHead(302, { location }).end()
  })
  const options = { env: {}, headers: { authorization: 'Bearer t', accept: '*/*' } }
  expect(await textOf(await httpGet(`${site.url}/away`, options))).toBe('there')
  expect(seen).toEqual([undefined])
  await expect(httpGet(`${site.url}/ring`, { env: {} })).rejects.toThrow('redirects')
})
