import { expect, test } from 'vitest'
import { conversation, streamOf, tcpTurns, udpTurns } from '../../../src/capture/packet-follow.ts'

const bytes = (text: string) => Buffer.from(text)

test.each([
  ['eth:ip:tcp:http\t3\t\n', { protocol: 'tcp', index: 3 }],
  ['eth:ip:udp:dns\t\t2\n', { protocol: 'udp', index: 2 }],
  ['eth:ip:udp:vxlan:eth:ip:tcp\t0\t7', { protocol: 'tcp', index: 0 }],
  ['eth:ip:udp:vxlan:eth:ip:udp:dns\t\t8', { protocol: 'udp', index: 8 }],
  ['eth:ip:udp:vxlan:eth:ip:icmp:data\t\t7', undefined],
  ['eth:arp\t\t', undefined],
  ['', undefined],
])('the conversation of %j is the innermost one', (line, stream) => {
  expect(streamOf(line)).toEqual(stream)
})

test('tshark’s hexadecimal lines are turns; a tab marks the other side', () => {
  const said =
    '\n===\nFollow: tcp,raw\nFilter: tcp.stream eq 0\nNode 0: 10.0.0.1:5\nNode 1: [fd00::2]:80\n6869\n\t796f\n===\n'
  expect(tcpTurns(said)).toEqual([
    { from: '10.0.0.1:5', to: '[fd00::2]:80', bytes: bytes('hi') },
    { from: '[fd00::2]:80', to: '10.0.0.1:5', bytes: bytes('yo') },
  ])
})

test('datagrams are turns, of either family', () => {
  expect(udpTurns('10.0.0.1\t\t5\t10.0.0.2\t\t53\t6869\n\tfd00::1\t5\t\tfd00::2\t53\t\n')).toEqual([
    { from: '10.0.0.1:5', to: '10.0.0.2:53', bytes: bytes('hi') },
    { from: '[fd00::1]:5', to: '[fd00::2]:53', bytes: bytes('') },
  ])
})

test('a conversation names the sides where the speaker changes, and keeps characters cut in two whole', () => {
  const [there, back] = [
    { from: 'a', to: 'b' },
    { from: 'b', to: 'a' },
  ]
  expect(
    conversation([
      { ...there, bytes: bytes('GET /\r\n') },
      { ...there, bytes: bytes('schön').subarray(0, 4) },
      { ...there, bytes: bytes('schön').subarray(4) },
      { ...back, bytes: Buffer.from([0x1b, 0x5b, 0x41, 0x09, 0x42]) },
    ]),
  ).toBe('a → b\nGET /\nschön\n\nb → a\n·[A B')
  expect(conversation([{ ...there, bytes: bytes('') }])).toBe('Nothing was said yet.')
})

test('more than anybody reads is cut, and said to be', () => {
  const text = conversation([{ from: 'a', to: 'b', bytes: Buffer.alloc(300_000, 'x') }])
  expect(text.length).toBeLessThan(263_000)
  expect(text).toMatch(/x\n\nThis is the beginning; the file that is saved has the rest\.$/)
})
