import { expect, test } from 'vitest'
import { addressAt, contains, formatCidr, parseCidr, sizeOf } from '../../../src/net/cidr.ts'
import { formatIPv4, isIPv4, parseIPv4 } from '../../../src/net/ipv4.ts'
import { isMac, macFor, randomMac } from '../../../src/net/mac.ts'

test.each(['0.0.0.0', '10.42.0.1', '172.19.255.254', '255.255.255.255'])('%s reads and prints', (text) => {
  expect(formatIPv4(parseIPv4(text) ?? 0)).toBe(text)
})

test.each(['', '1.2.3', '1.2.3.4.5', '256.0.0.1', '01.2.3.4', 'a.b.c.d', '::1', '1.2.3.-4'])(
  '%j is not an IPv4 address',
  (text) => {
    expect(isIPv4(text)).toBe(false)
  },
)

test('a network clears its host bits and a bare address is a /32', () => {
  expect(formatCidr(parseCidr('10.42.7.9/16')!)).toBe('10.42.0.0/16')
  expect(formatCidr(parseCidr('203.0.113.9')!)).toBe('203.0.113.9/32')
  expect(formatCidr(parseCidr('255.1.2.3/0')!)).toBe('0.0.0.0/0')
})

test.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/8/8', 'fd00::/8'])(
  '%s is not a network',
  (text) => {
    expect(parseCidr(text)).toBeUndefined()
  },
)

test('a network contains its addresses and smaller networks, and nothing else', () => {
  expect(contains('10.42.0.0/16', '10.42.255.255')).toBe(true)
  expect(contains('10.42.0.0/16', '10.43.0.0')).toBe(false)
  expect(contains('10.42.0.0/16', '10.42.3.0/24')).toBe(true)
  expect(contains('10.42.3.0/24', '10.42.0.0/16')).toBe(false)
  expect(contains('0.0.0.0/0', '255.255.255.255')).toBe(true)
  expect(contains('128.0.0.0/1', '200.0.0.1')).toBe(true)
  expect(contains('10.42.0.0/16', 'fd00::1')).toBe(false)
})

test('addresses are counted from the network address', () => {
  const podCIDR = parseCidr('10.42.255.0/24')!
  expect(addressAt(podCIDR, 1)).toBe('10.42.255.1')
  expect(sizeOf(podCIDR)).toBe(256)
})

test('random MACs are unicast, locally administered and differ', () => {
  const macs = Array.from({ length: 50 }, randomMac)
  for (const mac of macs) {
    expect(isMac(mac)).toBe(true)
    expect(Number.parseInt(mac.slice(0, 2), 16) & 3).toBe(2)
  }
  expect(new Set(macs).size).toBe(50)
})

test('a machine has the MAC that Docker would give it', () => {
  expect(macFor('172.19.0.3')).toBe('02:42:ac:13:00:03')
  expect(macFor('192.168.255.10')).toBe('02:42:c0:a8:ff:0a')
})
