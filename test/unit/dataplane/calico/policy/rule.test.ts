import { describe, expect, test } from 'vitest'
import type { PolicyRule } from '../../../../../src/dataplane/calico/policy/kinds.ts'
import { readRule } from '../../../../../src/dataplane/calico/policy/rule.ts'
import { readSelector } from '../../../../../src/dataplane/calico/selector.ts'

const read = (rule: Partial<PolicyRule>) => readRule({ action: 'Allow', ...rule }, undefined)
const dstOf = (rule: Partial<PolicyRule>) => read(rule).rule?.dst

test.each([
  ['Allow', 'allow'],
  ['Deny', 'deny'],
  ['Log', 'log'],
  ['Pass', 'next-tier'],
])('The action %s is %s', (action, expected) => {
  expect(read({ action }).rule?.action).toBe(expected)
})

test('Protocols are as iptables names them, or numbers.', () => {
  expect(read({ protocol: 'TCP', notProtocol: 'UDPLite' }).rule).toMatchObject({
    protocol: 'tcp',
    notProtocol: 'udplite',
  })
  expect(read({ protocol: 47 }).rule?.protocol).toBe(47)
})

test('ICMP has a type, and perhaps a code.', () => {
  const { rule } = read({ protocol: 'ICMP', icmp: { type: 3, code: 0 }, notICMP: { type: 8 } })
  expect(rule).toMatchObject({ icmp: { type: 3, code: 0 }, notIcmp: { type: 8 } })
  expect(read({ icmp: {} }).rule).not.toHaveProperty('icmp')
})

test('Ports are ranges; named ones are sets, of the endpoints that are selected.', () => {
  const selector = "app == 'web'"
  const destination = { selector, ports: [80, '8000:8080', 'http'], notPorts: ['admin', 81] }
  const { rule, sets } = read({ protocol: 'TCP', destination })
  expect(rule?.dst).toMatchObject({
    ports: [
      { first: 80, last: 80 },
      { first: 8000, last: 8080 },
    ],
    notPorts: [{ first: 81, last: 81 }],
    ipSets: [readSelector(selector).id],
  })
  expect(
    sets.map((set) => (set.of === 'named-port' ? [set.port, set.protocol, set.selector.text] : set.of)),
  ).toEqual([['http', 'tcp', 'app == "web"'], ['admin', 'tcp', 'app == "web"'], 'selector'])
  expect([...(rule?.dst.namedPorts ?? []), ...(rule?.dst.notNamedPorts ?? [])]).toEqual(
    sets.slice(0, 2).map(({ id }) => id),
  )
})

test('With named ports alone the selector is said already.', () => {
  expect(dstOf({ protocol: 'UDP', destination: { selector: 'has(a)', ports: ['dns'] } })?.ipSets).toEqual([])
})

test('A service as destination is addresses with ports, as source addresses alone; ids are those of upstream.', () => {
  const services = { namespace: 'default', name: 'svc' }
  expect(dstOf({ destination: { services } })?.services).toEqual([
    'svc:Jhwii46PCMT5NlhWsUqZmv7al8TeHFbNQMhoVg',
  ])
  expect(read({ source: { services } }).rule?.src.ipSets).toEqual([
    'svcnoport:T03S_6hogdrGKrNFBcbKTFsH_uKwDHEo8JddOg',
  ])
})

describe('Of IPv6', () => {
  test.each<Partial<PolicyRule>>([
    { ipVersion: 6 },
    { protocol: 'ICMPv6' },
    { source: { nets: ['2001:db8::/32'] } },
    { destination: { notNets: ['2001:db8::1'] } },
  ])('%j is no rule here, but has its sets.', (rule) => {
    const source = { ...rule.source, selector: 'has(a)' }
    const { rule: none, sets } = read({ ...rule, source })
    expect(none).toBeUndefined()
    expect(sets).toMatchObject([{ of: 'selector' }])
  })

  test('networks are left out beside others; addresses are networks, and host bits are cleared.', () => {
    expect(dstOf({ destination: { nets: ['2001:db8::/32', '10.0.0.1/8', '192.0.2.1'] } })?.nets).toEqual([
      '10.0.0.0/8',
      '192.0.2.1/32',
    ])
  })
})

test.each<[Partial<PolicyRule>, string]>([
  [{ action: 'Accept' }, 'unknown action Accept'],
  [{ destination: { ports: [80] } }, 'rules that specify ports must set protocol to TCP or UDP or SCTP'],
  [
    { protocol: 'ICMP', source: { notPorts: [80] } },
    'rules that specify ports must set protocol to TCP or UDP or SCTP',
  ],
  [{ protocol: 'TCP', destination: { ports: [65_536] } }, 'invalid port format (65536)'],
  [
    { protocol: 'TCP', destination: { ports: ['90:80'] } },
    'minimum port number (90) is greater than maximum port number (80) in port range',
  ],
  [{ protocol: 'TCP', destination: { ports: ['a b'] } }, 'invalid name for named port (a b)'],
  [{ source: { nets: ['10.0.0.0/40'] } }, 'invalid CIDR address: 10.0.0.0/40'],
  [{ source: { selector: 'a = b' } }, 'invalid selector "a = b": expected =='],
])('%j is malformed: %s', (rule, message) => {
  expect(() => read(rule)).toThrow(message)
})

test.each([
  { icmp: { type: 3 } },
  { protocol: 'TCP', notICMP: { type: 8 } },
  { protocol: 'ICMP', icmp: { type: 255 } },
  { protocol: 'GRE' },
  { notProtocol: 0 },
  { ipVersion: 5 },
  { protocol: 'UDP', source: { ports: ['0:10'] } },
])('%j is malformed: Felix has no rule for it.', (given) => {
  expect(() => read(given)).toThrow(/invalid|must set protocol/)
})
