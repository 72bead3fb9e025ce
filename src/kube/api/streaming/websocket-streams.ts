import { PassThrough, Writable } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Status } from '../../objects.ts'
import type { RemoteStreams } from './remote-command.ts'
import { parseSize, type StreamRequest } from './stream-request.ts'

/** Subprotocols of exec and attach over WebSocket (apimachinery's pkg/util/remotecommand), best first. */
export const WEBSOCKET_PROTOCOLS = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
]

const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const

/** Exec's streams as channels of one WebSocket: each message begins with its channel's number. */
export function websocketStreams(socket: WebSocket, request: StreamRequest): RemoteStreams {
  const isText = socket.protocol.includes('base64')
  const stdin = request.stdin ? new PassThrough() : undefined
  let resize: ((columns: number, rows: number) => void) | undefined
  const send = (channel: number, data: Buffer, done: (error?: Error) => void) => {
    const message = isText
      ? String(channel) + data.toString('base64')
      : Buffer.concat([Buffer.of(channel), data])
    socket.send(message, done)
  }
  const output = (channel: number) =>
    new Writable({ write: (chunk: Buffer, _, done) => send(channel, chunk, done) })

  socket.on('message', (message: Buffer) => {
    const { channel, data } = readMessage(message, isText)
    if (channel === CHANNEL.stdin) stdin?.write(data)
    // v5: the client closes one channel and keeps the others.
    else if (channel === CHANNEL.close && data[0] === CHANNEL.stdin) stdin?.end()
    else if (channel === CHANNEL.resize) resize?.(...parseSize(data.toString()))
  })
  socket.on('error', () => socket.terminate())
  return {
    stdin,
    stdout: request.stdout ? output(CHANNEL.stdout) : undefined,
    stderr: request.stderr ? output(CHANNEL.stderr) : undefined,
    onResize: (listener) => {
      resize = listener
    },
    finish: (outcome) => send(CHANNEL.error, outcomeText(socket.protocol, outcome), () => socket.close(1000)),
    closed: new Promise((resolve) => {
      socket.on('close', () => {
        stdin?.end()
        resolve()
      })
    }),
  }
}

/** Before v4 the error channel carried plain text, and nothing on success. */
function outcomeText(protocol: string, outcome: Status): Buffer {
  const structured = /^v[45]\./.test(protocol)
  return Buffer.from(structured ? JSON.stringify(outcome) : (outcome.message ?? ''))
}

function readMessage(message: Buffer, isText: boolean): { channel: number; data: Buffer } {
  if (!isText) return { channel: message[0] ?? -1, data: message.subarray(1) }
  const text = message.toString()
  return { channel: Number(text[0]), data: Buffer.from(text.slice(1), 'base64') }
}
