import { STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { messageOf } from '../../../base/errors.ts'
import { ApiError } from '../../client.ts'
import type { RunningExec } from '../../kubelet/runtime.ts'
import { target } from '../http/exchange.ts'
import type { ResourceServer } from '../http/handle-resource.ts'
import { accessTo } from '../http/pod-subresources.ts'
import { resourceTarget } from '../http/routes.ts'
import { existing } from '../operations/backend.ts'
import { badRequest, internalError } from '../refusals.ts'
import { PORT_FORWARD_PROTOCOL, PORT_FORWARD_WEBSOCKET, servePortForward } from './port-forward.ts'
import { holdOutput, runRemoteCommand } from './remote-command.ts'
import { acceptSpdy, offeredProtocols } from './spdy.ts'
import { SPDY_PROTOCOLS, spdyStreams } from './spdy-streams.ts'
import { streamRequest, type StreamRequest } from './stream-request.ts'
import { acceptWebSocket } from './websocket.ts'
import { WEBSOCKET_PROTOCOLS, websocketStreams } from './websocket-streams.ts'

export interface Upgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

/** Answers a request to become a WebSocket or SPDY connection: exec, attach and portforward. It never throws. */
export async function handleUpgrade(server: ResourceServer, upgrade: Upgrade): Promise<void> {
  try {
    await route(server, upgrade)
  } catch (thrown) {
    refuse(upgrade.socket, thrown)
  }
}

async function route(server: ResourceServer, upgrade: Upgrade): Promise<void> {
  const { segments, query } = target(upgrade.request.url ?? '/')
  const found = resourceTarget(server.backend, segments)
  const { definition, namespace = '', name = '', subresource } = found ?? {}
  if (!definition || !['exec', 'attach', 'portforward'].includes(subresource ?? '')) {
    throw badRequest('this path does not upgrade')
  }
  const pod = { namespace, name }
  existing(server.backend, definition, pod)
  const access = accessTo(server.podAccess)
  if (subresource === 'portforward') {
    return isWebSocket(upgrade)
      ? forwardOverWebSocket(upgrade, (socket) => servePortForward(access, pod, socket, NO_HEAD))
      : forwardOverSpdy(upgrade, (socket, head) => servePortForward(access, pod, socket, head))
  }
  const wanted = streamRequest(query)
  const { stdin, tty, container, command } = wanted
  const connect = handshake(upgrade)
  const running =
    subresource === 'attach'
      ? await access.attach(pod, container, { stdin, tty })
      : await access.exec(pod, container, command, { stdin, tty })
  await serveCommand(holdOutput(running), () => connect(wanted), upgrade.socket)
}

const NO_HEAD = Buffer.alloc(0)

const isWebSocket = ({ request }: Upgrade) => /^websocket$/i.test(request.headers.upgrade ?? '')

type Connect = (wanted: StreamRequest) => ReturnType<typeof spdyStreams>

/** Agrees on a protocol, and gives what completes the upgrade: refusals come before it. @throws ApiError 400 */
function handshake(upgrade: Upgrade): Connect {
  const { request, socket, head } = upgrade
  if (isWebSocket(upgrade)) {
    return async (wanted) => websocketStreams(await acceptWebSocket(upgrade, WEBSOCKET_PROTOCOLS), wanted)
  }
  const offered = offeredProtocols(request)
  const protocol = SPDY_PROTOCOLS.find((one) => offered.includes(one))
  if (!/^spdy\/3\.1$/i.test(request.headers.upgrade ?? '') || !protocol) {
    throw badRequest(
      `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}]`,
    )
  }
  return (wanted) => {
    acceptSpdy(socket, protocol)
    return spdyStreams(socket, head, protocol, wanted)
  }
}

/** Only until the connection is upgraded can the client be told what is wrong. @throws ApiError */
async function serveCommand(
  running: RunningExec,
  connect: () => ReturnType<typeof spdyStreams>,
  socket: Duplex,
): Promise<void> {
  const streams = await connect().catch((refusal: unknown) => {
    running.kill()
    throw refusal
  })
  await runRemoteCommand(running, streams).catch(() => {
    running.kill()
    socket.destroy()
  })
}

async function forwardOverWebSocket(
  upgrade: Upgrade,
  serve: (socket: Duplex) => Promise<void>,
): Promise<void> {
  const [{ createWebSocketStream }, socket] = await Promise.all([
    import('ws'),
    acceptWebSocket(upgrade, [PORT_FORWARD_WEBSOCKET]),
  ])
  await serve(createWebSocketStream(socket))
}

async function forwardOverSpdy(
  { request, socket, head }: Upgrade,
  serve: (socket: Duplex, head: Buffer) => Promise<void>,
): Promise<void> {
  if (!offeredProtocols(request).includes(PORT_FORWARD_PROTOCOL)) {
    throw badRequest('unable to upgrade: unable to negotiate protocol')
  }
  acceptSpdy(socket, PORT_FORWARD_PROTOCOL)
  await serve(socket, head)
}

/** Sends a refusal on a connection that is not upgraded; one that is can only be ended. */
function refuse(socket: Duplex, thrown: unknown): void {
  const { status, code } =
    thrown instanceof ApiError
      ? thrown
      : internalError(`Internal error occurred: ${messageOf(thrown)}`, 'InternalError')
  const body = JSON.stringify(status)
  const head = `HTTP/1.1 ${code} ${STATUS_CODES[code]}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`
  socket.end(head + body)
}
