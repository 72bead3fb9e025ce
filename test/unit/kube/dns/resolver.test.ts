import { decode, encode, type DecodedPacket, type Packet } from 'dns-packet'
import { describe, expect, test } from 'vitest'
import { nameserversOf, parseUpstream } from '../../../../src/kube/dns/forward.ts'
import { createResolver } from '../../../../src/kube/dns/resolver.ts'
import { streamDecoder, streamEncoded } from '../../../../src/kube/dns/tcp-stream.ts'
import { viewOf } from '../../../../src/kube/dns/view.ts'
import { CLUSTER } from './cluster.ts'

const view = viewOf(CLUSTER, 1)
const resolver = createResolver({ view: () => view, random: () => 0 })

const query = (packet: Packet) => encode({ type: 'query', id: 7, flags: 1 << 8, ...packet })
const about = (name: string, type: 'A' | 'AXFR' = 'A') => query({ questions: [{ name, type }] })

async function ask(bytes: Buffer, resolve = resolver): Promise<DecodedPacket & { rcode: string }> {
  const reply = await resolve(bytes, 'udp')
  if (!reply) throw new Error('no response')
  return decode(reply) as DecodedPacket & { rcode: string }
}

describe('queries that are not answered', () => {
  test('garbage and responses get no word', async () => {
    expect(await resolver(Buffer.from('hello'), 'udp')).toBeUndefined()
    expect(await resolver(encode({ type: 'response', id: 7 }), 'udp')).toBeUndefined()
  })

  test('a query without a question is malformed', async () => {
    expect(await ask(query({}))).toMatchObject({ id: 7, rcode: 'FORMERR' })
  })

  test('other operations, other classes and transfers of the zone are refused', async () => {
    expect((await ask(query({ flags: 4 << 11, questions: [{ name: 'a', type: 'A' }] }))).rcode).toBe('NOTIMP')
    expect((await ask(query({ questions: [{ name: 'a', type: 'A', class: 'CH' }] }))).rcode).toBe('REFUSED')
    expect((await ask(about('cluster.local', 'AXFR'))).rcode).toBe('REFUSED')
  })

  test('nothing is said of the cluster before it has been read', async () => {
    const early = createResolver({ view: () => undefined, random: () => 0 })
    expect((await ask(about('web.default.svc.cluster.local'), early)).rcode).toBe('SERVFAIL')
  })

  test('no bytes make it fail', async () => {
    const valid = about('web.default.svc.cluster.local')
    for (let i = 0; i < valid.length; i++) {
      for (const value of [0, 1, 63, 64, 192, 255]) {
        const bytes = Buffer.from(valid)
        bytes[i] = value
        await expect(resolver(bytes, 'udp')).resolves.not.toThrow()
        await expect(resolver(bytes.subarray(0, i), 'udp')).resolves.not.toThrow()
      }
    }
  })
})

test('addresses that are not of the cluster are asked of the name server behind, if there is one', async () => {
  const forwarded: string[] = []
  const forward = async (bytes: Buffer) => {
    forwarded.push(decode(bytes).questions?.[0]?.name ?? '')
    return encode({ type: 'response', id: 7 })
  }
  const behind = createResolver({ view: () => view, random: () => 0, forward })
  await ask(about('1.2.0.192.in-addr.arpa'), behind)
  await ask(about('nope.default.svc.cluster.local'), behind)
  expect(forwarded).toEqual(['1.2.0.192.in-addr.arpa'])
  expect((await ask(about('1.2.0.192.in-addr.arpa'))).rcode).toBe('NXDOMAIN')
})

test('what is echoed of EDNS is the size and the cookie', async () => {
  const options = [
    { code: 10, data: Buffer.from('12345678') },
    { code: 8, data: Buffer.from([0, 1, 0, 0]) },
  ]
  const opt = { type: 'OPT', name: '.', udpPayloadSize: 1400, flags: 0x8000, options }
  const reply = await ask(
    query({ questions: [{ name: 'svc.cluster.local', type: 'A' }], additionals: [opt as never] }),
  )
  expect(reply.additionals).toMatchObject([
    {
      type: 'OPT',
      udpPayloadSize: 1400,
      flag_do: true,
      options: [{ code: 10, data: Buffer.from('12345678') }],
    },
  ])
})

test('messages are found in a stream however it is cut', () => {
  const messages: string[] = []
  const decode = streamDecoder((message) => messages.push(message.toString()))
  const stream = Buffer.concat([streamEncoded(Buffer.from('one')), streamEncoded(Buffer.from('three'))])
  for (const byte of stream) decode(Buffer.from([byte]))
  decode(stream)
  expect(messages).toEqual(['one', 'three', 'one', 'three'])
})

test('name servers are read from resolv.conf and from arguments', () => {
  const text = '# nameserver 192.0.2.9\nsearch lan\nnameserver 192.0.2.1\n nameserver fe80::1%eth0\n'
  expect(nameserversOf(text)).toEqual([
    { address: '192.0.2.1', port: 53 },
    { address: 'fe80::1', port: 53 },
  ])
  expect(['192.0.2.1', '127.0.0.1:5353', '[fd00::1]:54', 'fd00::1'].map(parseUpstream)).toEqual([
    { address: '192.0.2.1', port: 53 },
    { address: '127.0.0.1', port: 5353 },
    { address: 'fd00::1', port: 54 },
    { address: 'fd00::1', port: 53 },
  ])
})
