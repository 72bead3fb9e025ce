import { describe, expect, test } from 'vitest'
import type { Packet } from '../../../../src/net/iptables/packet.ts'
import { parseRuleset } from '../../../../src/net/iptables/parse.ts'
import { type Trace, trace } from '../../../../src/net/iptables/trace.ts'

const PACKET: Packet = {
  source: '10.42.0.7',
  destination: '10.42.1.2',
  protocol: 'tcp',
  sourcePort: 40_000,
  destinationPort: 8080,
  in: 'cni0',
  out: 'flannel.1',
}

function walk(
  table: string,
  rules: readonly string[],
  packet: Partial<Packet> = {},
  policy = 'ACCEPT',
): Trace[] {
  const built = { filter: 'FORWARD', nat: 'POSTROUTING' }[table]
  const names = new Set(rules.map((rule) => rule.split(' ')[1]!))
  const chains = [...names].filter((name) => name !== built).map((name) => `:${name} -`)
  const text = [`*${table}`, `:${built} ${policy}`, ...chains, ...rules, 'COMMIT'].join('\n')
  return trace(parseRuleset(text), { ...PACKET, ...packet }, { addresses: ['172.19.0.2'] })
}

const ends = (rules: readonly string[], packet?: Partial<Packet>) =>
  walk('filter', rules, packet).map(({ end }) => end)

describe('a match', () => {
  test.each([
    ['-s 10.42.0.0/24', true],
    ['! -s 10.42.0.0/24', false],
    ['-d 10.42.1.2/32 -p tcp -m tcp --dport 8080', true],
    ['-p udp -m udp --dport 8080', false],
    ['-p tcp -m tcp ! --dport 8080', false],
    ['-p tcp -m tcp --dport 8000:8090', true],
    ['-p tcp -m multiport --dports 80,8080:8081', true],
    ['-p tcp -m multiport --dports 80,443', false],
    ['-p tcp -m tcp --sport 40000', true],
    ['-i cni0 -o flannel.1', true],
    ['-i cni+', true],
    ['! -i cni0', false],
    ['-o eth0', false],
    ['-m mark --mark 0x4000/0x4000', false],
    ['-m mark ! --mark 0x4000/0x4000', true],
    ['-m conntrack --ctstate NEW', true],
    ['-m conntrack --ctstate RELATED,ESTABLISHED', false],
    ['-m conntrack ! --ctstate RELATED,ESTABLISHED', true],
    ['-m addrtype --dst-type LOCAL', false],
    ['-m addrtype ! --dst-type LOCAL', true],
    ['-m comment --comment "-j ACCEPT"', true],
  ])('%s is met: %s', (spec, met) => {
    expect(ends([`-A FORWARD ${spec} -j DROP`])).toEqual([met ? 'dropped' : 'accepted'])
  })

  test('that can not be judged counts as not met, and is named', () => {
    const [way] = walk('filter', ['-A FORWARD -m set --match-set blocked src -j DROP'])
    expect(way).toMatchObject({ end: 'accepted', unknown: ['set'] })
  })
})

describe('a chain', () => {
  test('that ends or returns goes on in the one that called it', () => {
    const rules = [
      '-A FORWARD -j A',
      '-A FORWARD -j DROP',
      '-A A -s 10.42.0.7/32 -j RETURN',
      '-A A -j ACCEPT',
    ]
    expect(ends(rules)).toEqual(['dropped'])
    expect(ends(rules, { source: '10.42.0.8' })).toEqual(['accepted'])
  })
  test('gone to is not come back from', () => {
    expect(ends(['-A FORWARD -j A', '-A FORWARD -j DROP', '-A A -g B', '-A A -j ACCEPT', '-A B'])).toEqual([
      'dropped',
    ])
  })
  test('of the kernel ends with its policy', () => {
    expect(walk('filter', ['-A FORWARD -s 10.9.0.0/16 -j ACCEPT'], {}, 'DROP').map(({ end }) => end)).toEqual(
      ['dropped'],
    )
    expect(walk('filter', ['-A FORWARD -j RETURN'], {}, 'DROP').map(({ end }) => end)).toEqual(['dropped'])
  })
})

describe('a target', () => {
  test('sets and takes off a mark', () => {
    const mark = (setting: string, mark = 0) =>
      walk('filter', [`-A FORWARD -j MARK --set-xmark ${setting}`], { mark })[0]?.packet.mark
    expect(mark('0x4000/0x4000')).toBe(0x4000)
    expect(mark('0x4000/0x4000', 0x8001)).toBe(0xc001)
    expect(mark('0x4000/0x0', 0xc001)).toBe(0x8001)
    expect(mark('0x80000000/0x80000000')).toBe(0x80000000)
  })
  test('that only looks lets the packet go on', () => {
    expect(ends(['-A FORWARD -j LOG --log-prefix "seen: "', '-A FORWARD -j REJECT'])).toEqual(['rejected'])
  })
})

test('a rule that throws dice is both met and not, with its probabilities', () => {
  const rules = [
    '-A FORWARD -m statistic --mode random --probability 0.25000000000 -j DROP',
    '-A FORWARD -m statistic --mode random --probability 0.50000000000 -j REJECT',
  ]
  const ways = walk('filter', rules).map(({ end, probability }) => [end, probability])
  expect(ways).toEqual([
    ['dropped', 0.25],
    ['rejected', 0.375],
    ['accepted', 0.375],
  ])
})

test('a packet for the machine itself passes INPUT, one it sends OUTPUT, and only forwarded ones FORWARD', () => {
  const chains = ['INPUT', 'FORWARD', 'OUTPUT']
  const text = [
    '*filter',
    ...chains.map((chain) => `:${chain} ACCEPT`),
    ...chains.map((chain) => `-A ${chain}`),
    'COMMIT',
  ]
  const met = (packet: Packet) =>
    trace(parseRuleset(text.join('\n')), packet, { addresses: ['172.19.0.2'] }).map(({ steps, to }) => [
      ...steps.map(({ chain }) => chain),
      to,
    ])
  const { in: _, ...sent } = PACKET
  expect(met(PACKET)).toEqual([['FORWARD', 'network']])
  expect(met({ ...PACKET, destination: '172.19.0.2' })).toEqual([['INPUT', 'machine']])
  expect(met(sent)).toEqual([['OUTPUT', 'network']])
})
