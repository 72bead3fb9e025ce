import { expect, test } from 'vitest'
import type { ActiveRule, PortRange, Side } from '../../../../../src/dataplane/calico/felix/active.ts'
import { MANIFEST_SETTINGS } from '../../../../../src/dataplane/calico/rules/settings.ts'
import { policyRule } from '../../../../../src/dataplane/calico/rules/policy-rule.ts'
import { ANY, rule } from '../../../../helpers/felix-golden.ts'

/** A deny is one rule whose match is all that matters. */
const lines = (rest: Partial<ActiveRule>, action: ActiveRule['action'] = 'deny') =>
  policyRule(rule(action, rest), MANIFEST_SETTINGS).map(({ match, action: what }) =>
    [match, what].filter(Boolean).join(' '),
  )
const side = (some: Partial<Side>): Side => ({ ...ANY, ...some })
const one = (port: number): PortRange => ({ first: port, last: port })
const ports = (from: number, count: number) => Array.from({ length: count }, (_, i) => one(from + i))
const SCRATCH = '-m mark --mark 0x40000/0x40000'

test('allow and pass set a mark and leave the policy, deny drops, log tells', () => {
  expect(lines({}, 'allow')).toEqual([
    '--jump MARK --set-mark 0x10000/0x10000',
    '-m mark --mark 0x10000/0x10000 --jump RETURN',
  ])
  expect(lines({ protocol: 'udp' }, 'next-tier')).toEqual([
    '-p udp --jump MARK --set-mark 0x20000/0x20000',
    '-m mark --mark 0x20000/0x20000 --jump RETURN',
  ])
  expect(lines({})).toEqual(['--jump DROP'])
  expect(lines({ protocol: 132 }, 'log')).toEqual([
    '-p 132 --jump LOG --log-prefix "calico-packet: " --log-level 5',
  ])
})

test('all that a rule asks for stands in one line, what must not be at the end', () => {
  const everything = lines({
    protocol: 'tcp',
    src: side({
      nets: ['10.0.0.0/8'],
      ipSets: ['s:one', 's:two'],
      ports: [one(80), { first: 8080, last: 8090 }],
      notIpSets: ['s:three'],
      notPorts: [one(22)],
    }),
    dst: side({ namedPorts: ['n:web'], notNets: ['10.1.0.0/16'], notNamedPorts: ['n:admin'] }),
  })
  expect(everything).toEqual([
    [
      '-p tcp --source 10.0.0.0/8 -m set --match-set cali40s:one src -m set --match-set cali40s:two src',
      '-m multiport --source-ports 80,8080:8090 -m set --match-set cali40n:web dst,dst',
      '-m set ! --match-set cali40s:three src -m multiport ! --source-ports 22',
      '! --destination 10.1.0.0/16 -m set ! --match-set cali40n:admin dst,dst --jump DROP',
    ].join(' '),
  ])
})

test('ICMP by type, or type and code; protocols and types that must not be', () => {
  expect(lines({ protocol: 'icmp', icmp: { type: 8 } })).toEqual([
    '-p icmp -m icmp --icmp-type 8 --jump DROP',
  ])
  expect(lines({ protocol: 'icmp', icmp: { type: 3, code: 4 } })).toEqual([
    '-p icmp -m icmp --icmp-type 3/4 --jump DROP',
  ])
  expect(lines({ protocol: 'icmp', notIcmp: { type: 8, code: 0 } })).toEqual([
    '-p icmp -m icmp ! --icmp-type 8/0 --jump DROP',
  ])
  expect(lines({ notProtocol: 'udp' })).toEqual(['! -p udp --jump DROP'])
})

test('more ports than a match takes become rules of which one has to hold; a range counts twice', () => {
  expect(lines({ protocol: 'tcp', dst: side({ ports: ports(1, 15) }) })).toHaveLength(1)
  expect(
    lines({ protocol: 'tcp', dst: side({ ports: [...ports(1, 14), { first: 90, last: 99 }] }) }),
  ).toEqual([
    '--jump MARK --set-mark 0x0/0xc0000',
    '-p tcp -m multiport --destination-ports 1,2,3,4,5,6,7,8,9,10,11,12,13,14 --jump MARK --set-mark 0x40000/0x40000',
    '-p tcp -m multiport --destination-ports 90:99 --jump MARK --set-mark 0x40000/0x40000',
    `-p tcp ${SCRATCH} --jump DROP`,
  ])
})

test('ports and named ports together are alternatives', () => {
  expect(lines({ protocol: 'udp', dst: side({ ports: [one(53)], namedPorts: ['n:dns'] }) })).toEqual([
    '--jump MARK --set-mark 0x0/0xc0000',
    '-p udp -m multiport --destination-ports 53 --jump MARK --set-mark 0x40000/0x40000',
    '-m set --match-set cali40n:dns dst,dst --jump MARK --set-mark 0x40000/0x40000',
    `-p udp ${SCRATCH} --jump DROP`,
  ])
})

test('ports that must not be need no rules of their own, however many', () => {
  expect(lines({ protocol: 'tcp', dst: side({ notPorts: ports(1, 16) }) })).toEqual([
    '-p tcp -m multiport ! --destination-ports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15 -m multiport ! --destination-ports 16 --jump DROP',
  ])
})

test('several nets of both ends: both lists have to hold', () => {
  expect(
    lines({
      src: side({ nets: ['10.0.0.0/8', '11.0.0.0/8'] }),
      dst: side({ nets: ['12.0.0.0/8', '13.0.0.0/8'] }),
    }),
  ).toEqual([
    '--jump MARK --set-mark 0x0/0xc0000',
    '--source 10.0.0.0/8 --jump MARK --set-mark 0x40000/0x40000',
    '--source 11.0.0.0/8 --jump MARK --set-mark 0x40000/0x40000',
    '--destination 12.0.0.0/8 --jump MARK --set-mark 0x80000/0x80000',
    '--destination 13.0.0.0/8 --jump MARK --set-mark 0x80000/0x80000',
    '-m mark --mark 0/0x80000 --jump MARK --set-mark 0/0x40000',
    `${SCRATCH} --jump DROP`,
  ])
})

test('a third list is not taken for one that holds because the second does', () => {
  const rules = lines({
    protocol: 'tcp',
    src: side({ nets: ['10.0.0.0/8', '11.0.0.0/8'] }),
    dst: side({ ports: ports(1, 16), nets: ['12.0.0.0/8', '13.0.0.0/8'] }),
  })
  expect(rules.filter((line) => line === '--jump MARK --set-mark 0/0x80000')).toHaveLength(1)
})

test('a net without its exceptions, as in ipBlock', () => {
  expect(lines({ src: side({ nets: ['10.0.0.0/8'], notNets: ['10.1.0.0/16', '10.2.0.0/16'] }) })).toEqual([
    '--jump MARK --set-mark 0x40000/0xc0000',
    '--source 10.1.0.0/16 --jump MARK --set-mark 0/0x40000',
    '--source 10.2.0.0/16 --jump MARK --set-mark 0/0x40000',
    `--source 10.0.0.0/8 ${SCRATCH} --jump DROP`,
  ])
})

test('nets of IPv6 are left out, and a rule of nothing else with them', () => {
  expect(lines({ src: side({ nets: ['10.0.0.0/8', 'fd00::/8'] }) })).toEqual([
    '--source 10.0.0.0/8 --jump DROP',
  ])
  expect(lines({ src: side({ nets: ['fd00::/8'] }) })).toEqual([])
})

test('what is of no address at all is no rule: iptables would refuse it, and all that is written with it', () => {
  expect(lines({ dst: side({ notNets: ['0.0.0.0/0'] }) })).toEqual([])
})
