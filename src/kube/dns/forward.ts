import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { streamDecoder, streamEncoded } from './tcp-stream.ts'

const DNS_PORT = 53
const TIMEOUT_MS = 2000

/** A name server, by address and, where it is not 53, port: "192.0.2.1", "127.0.0.1:5353", "[fd00::1]:53". */
export interface Upstream {
  readonly address: string
  readonly port: number
}

export function parseUpstream(text: string): Upstream {
  const [, v6, host = text, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? []
  return { address: v6 ?? host, port: port ? Number(port) : DNS_PORT }
}

/** The name servers of a resolv.conf. */
export function nameserversOf(resolvConf: string): Upstream[] {
  return [...resolvConf.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address = '']) => ({
    address: address.replace(/%.*$/, ''),
    port: DNS_PORT,
  }))
}

/** Sends a query as it is to the first upstream that answers within two seconds. Undefined when none does. */
export type Forward = (query: Buffer, transport: 'udp' | 'tcp') => Promise<Buffer | undefined>

export function forwarderTo(upstreams: readonly Upstream[]): Forward {
  return async (query, transport) => {
    const ask = transport === 'udp' ? askByUdp : askByTcp
    for (const upstream of upstreams) {
      const reply = await ask(upstream, query)
      if (reply) return reply
    }
    return undefined
  }
}

function isReplyTo(query: Buffer, reply: Buffer): boolean {
  return reply.length >= 12 && reply.readUInt16BE(0) === query.readUInt16BE(0)
}

function askByUdp({ address, port }: Upstream, query: Buffer): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    const finish = (reply?: Buffer) => {
      clearTimeout(timer)
      socket.removeAllListeners()
      socket.on('error', () => {})
      socket.close()
      resolve(reply)
    }
    const timer = setTimeout(finish, TIMEOUT_MS)
    // Connected, so that a refusal by the other host is an error at once.
    socket.on('error', () => finish())
    socket.on('message', (reply) => isReplyTo(query, reply) && finish(reply))
    socket.connect(port, address, () => socket.send(query))
  })
}

function askByTcp({ address, port }: Upstream, query: Buffer): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port })
    const finish = (reply?: Buffer) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(reply)
    }
    const timer = setTimeout(finish, TIMEOUT_MS)
    socket.on('error', () => finish())
    socket.on('close', () => finish())
    socket.on(
      'data',
      streamDecoder((reply) => isReplyTo(query, reply) && finish(reply)),
    )
    socket.write(streamEncoded(query))
  })
}
