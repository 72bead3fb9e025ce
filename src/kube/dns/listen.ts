import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { createServer, type Server, type Socket } from 'node:net'
import type { Resolver } from './resolver.ts'
import { streamDecoder, streamEncoded } from './tcp-stream.ts'

const IDLE_MS = 10_000

/** A port that queries are answered on, by UDP and by TCP. */
export interface DnsListener {
  readonly port: number
  close(): void
}

/** @param port 0 takes any that is free for both. @throws the system's error when the port is taken. */
export async function listenDns(resolve: Resolver, port: number, host?: string): Promise<DnsListener> {
  const sockets = new Set<Socket>()
  const tcp = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    answerStream(socket, resolve)
  })
  const bound = await listenTcp(tcp, port, host)
  const udp = await listenUdp(bound, host, resolve)
  return {
    port: bound,
    close: () => {
      udp.close()
      tcp.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

function listenTcp(server: Server, port: number, host: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host }, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}

function listenUdp(port: number, host: string | undefined, resolver: Resolver): Promise<UdpSocket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    socket.once('error', reject)
    socket.on('message', (bytes, { address, port }) => {
      void resolver(bytes, 'udp').then((reply) => reply && socket.send(reply, port, address, () => {}))
    })
    socket.bind(port, host, () => resolve(socket))
  })
}

function answerStream(socket: Socket, resolve: Resolver): void {
  socket.setTimeout(IDLE_MS, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  const onMessage = (query: Buffer) => {
    void resolve(query, 'tcp').then((reply) => reply && socket.writable && socket.write(streamEncoded(reply)))
  }
  socket.on('data', streamDecoder(onMessage))
}
