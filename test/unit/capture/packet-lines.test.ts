import { expect, test } from 'vitest'
import { packetOfLine } from '../../../src/capture/packet-lines.ts'

test('a line of tshark’s is a packet, without the blanks that align columns', () => {
  expect(packetOfLine('    8\t  0.468321\t194\t   10.42.0.0\tHTTP\t10.42.1.2   \tGET / HTTP/1.1 ')).toEqual({
    number: 8,
    time: 0.468321,
    length: 194,
    source: '10.42.0.0',
    protocol: 'HTTP',
    destination: '10.42.1.2',
    info: 'GET / HTTP/1.1',
  })
})

test('tabs and control characters in what a packet says do no harm', () => {
  const packet = packetOfLine('1\t0\t60\ta\tDNS\tb\tquery \u001B]0;x\u0007\tevil\u009B2J\u200B')
  expect(packet!.info).toBe('query ·]0;x· evil·2J·')
})

test.each(['', 'tshark: warning', '\t\t\t', 'x\t0\t60\ta\tTCP\tb\ti'])('%j is no packet', (line) => {
  expect(packetOfLine(line)).toBeUndefined()
})
