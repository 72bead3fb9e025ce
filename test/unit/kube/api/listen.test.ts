import { once } from 'node:events'
import { stat, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { golden } from './golden.ts'
import { send } from './send.ts'
import { startApi, TOKEN, type RunningApi } from './start-api.ts'

let api: RunningApi
beforeAll(async () => {
  api = await startApi()
  api.server.handle('/knet/v1/', (incoming, response) => response.end(`mine: ${incoming.url}`))
})
afterAll(() => api.close())

async function sendTls(path: string, token?: string, port = api.port) {
  const headers = token ? { authorization: `Bearer ${token}` } : {}
  const sent = request({ host: '127.0.0.1', port, path, headers, ca: api.ca, agent: false }).end()
  const [response] = await once(sent, 'response')
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return { status: response.statusCode as number, text }
}

test('The unix socket is for its owner only.', async () => {
  expect((await stat(api.socket)).mode & 0o777).toBe(0o600)
})

test('A socket file that a dead server left behind is replaced.', async () => {
  const path = `${api.folder}/again.sock`
  await writeFile(path, '')
  await api.server.listenUnix(path)
  expect((await send(path, { path: '/healthz' })).text).toBe('ok')
})

test.each([undefined, 'wrong', `${TOKEN}x`])(
  'TLS with the token %s is refused as upstream refuses it.',
  async (token) => {
    const { status, text } = await sendTls('/api/v1/nodes', token)
    expect(status).toBe(401)
    expect(JSON.parse(text)).toEqual(JSON.parse(golden('error-401').answer))
  },
)

test('TLS with the token is served.', async () => {
  expect(await sendTls('/readyz', TOKEN)).toEqual({ status: 200, text: 'ok' })
})

test('Paths of our own are served on the unix socket and nowhere else.', async () => {
  expect((await send(api.socket, { path: '/knet/v1/nodes' })).text).toBe('mine: /knet/v1/nodes')
  expect((await sendTls('/knet/v1/nodes', TOKEN)).status).toBe(404)
})

test('A body beyond 3 MiB is refused, and the connection’s client gets to read why.', async () => {
  const body = JSON.stringify({
    kind: 'ConfigMap',
    metadata: { name: 'big' },
    data: { k: 'x'.repeat(5_000_000) },
  })
  const path = '/api/v1/namespaces/default/configmaps'
  const headers = { 'content-type': 'application/json' }
  const { status, text } = await send(api.socket, { method: 'POST', path, headers, body })
  expect(status).toBe(413)
  expect(JSON.parse(text)).toMatchObject({
    reason: 'RequestEntityTooLarge',
    message: 'Request entity too large: limit is 3145728',
  })
})

test.each([
  ['GET', '/api/v1/namespaces/default/pods/p/nope', 404],
  ['GET', '/api/v2/pods', 404],
  ['GET', '/apis/apps/v1/nodes', 404],
  ['GET', '/api/v1/namespaces/default/nodes', 404],
  ['POST', '/api/v1/pods', 405],
  ['DELETE', '/api/v1/namespaces', 405],
  ['PATCH', '/api/v1', 405],
  ['GET', '/api/v1/namespaces/default/pods?watch=1&resourceVersion=x', 400],
  ['GET', '/api/v1/pods?continue=x', 400],
  ['GET', '/api/v1/namespaces/default/pods/%zz', 404],
  ['GET', '/nope', 404],
])('%s %s is answered with %d.', async (method, path, status) => {
  expect((await send(api.socket, { method, path })).status).toBe(status)
})
