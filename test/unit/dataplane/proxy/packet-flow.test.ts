import { describe, expect, test } from 'vitest'
import { flannelRules } from '../../../../src/dataplane/flannel/rules.ts'
import { planRules, portPlanner } from '../../../../src/dataplane/proxy/plan.ts'
import { difference } from '../../../../src/net/iptables/difference.ts'
import type { Packet } from '../../../../src/net/iptables/packet.ts'
import { parseRuleset } from '../../../../src/net/iptables/parse.ts'
import type { Ruleset } from '../../../../src/net/iptables/rule.ts'
import { type Trace, trace } from '../../../../src/net/iptables/trace.ts'
import { CLUSTER_CIDR, NODE, portsInSavedOrder, proxyCases } from '../../../helpers/proxy-golden.ts'

const ADDRESSES = [NODE.address, '10.42.0.1', '10.42.0.0']
const cases = new Map(proxyCases().map((one) => [one.name, one]))

function rulesOf(name: string): Ruleset {
  const one = cases.get(name)!
  return planRules(portsInSavedOrder(one), { ...NODE, nfacct: true }, portPlanner(CLUSTER_CIDR))
}

const POD = { source: '10.42.0.7', in: 'cni0' }
const OTHER_NODE = { source: '172.19.0.3', in: 'eth0' }
const OUTSIDE = { source: '198.51.100.9', in: 'eth0' }
const STRANGER = { source: '192.0.2.99', in: 'eth0' }
const SELF = { source: NODE.address }

/** Where a packet can go: `10.42.0.2:8080` with ` masq` when its source is rewritten, or how it ends. */
function fates(
  rules: Ruleset,
  from: Pick<Packet, 'source' | 'in'>,
  to: string,
  protocol: Packet['protocol'] = 'tcp',
) {
  const [destination = '', port] = to.split(':')
  const packet: Packet = { ...from, destination, destinationPort: Number(port), protocol, sourcePort: 40_000 }
  return [...new Set(trace(rules, packet, { addresses: ADDRESSES }).map(fate))].toSorted()
}

function fate({ end, packet, masqueraded }: Trace): string {
  if (end !== 'accepted') return end
  return `${packet.destination}:${packet.destinationPort}${masqueraded ? ' masq' : ''}`
}

const ALL = ['10.42.0.2:8080', '10.42.1.2:8080', '10.42.2.2:8080']
const masq = (targets: readonly string[]) => targets.map((target) => `${target} masq`)

describe('a ClusterIP', () => {
  const rules = rulesOf('02-clusterip-three')
  const TO = '10.43.7.125:80'

  test('leads pods to every endpoint with their own address', () => {
    expect(fates(rules, POD, TO)).toEqual(ALL)
  })
  test('leads the node and what comes from outside to every endpoint, masqueraded', () => {
    expect(fates(rules, SELF, TO)).toEqual(masq(ALL))
    expect(fates(rules, OTHER_NODE, TO)).toEqual(masq(ALL))
  })
  test('leads a pod to itself masqueraded, to the others not', () => {
    const hairpin = { source: '10.42.0.2', in: 'cni0' }
    expect(fates(rules, hairpin, TO)).toEqual(['10.42.0.2:8080 masq', '10.42.1.2:8080', '10.42.2.2:8080'])
  })
  test('leads to each endpoint with the same probability', () => {
    const packet: Packet = { ...POD, destination: '10.43.7.125', destinationPort: 80, protocol: 'tcp' }
    const ways = trace(rules, packet, { addresses: ADDRESSES })
    expect(ways.map((way) => way.probability)).toEqual(ways.map(() => expect.closeTo(1 / 3, 6)))
  })
  test('goes where the dice are told to fall', () => {
    const packet: Packet = { ...POD, destination: '10.43.7.125', destinationPort: 80, protocol: 'tcp' }
    const choose = (choice: boolean) => trace(rules, packet, { addresses: ADDRESSES, choose: () => choice })
    expect(choose(true).map(fate)).toEqual(['10.42.0.2:8080'])
    expect(choose(false).map(fate)).toEqual(['10.42.2.2:8080'])
    expect(choose(false)[0]?.steps.map(({ table, chain, line }) => `${table} ${chain} ${line}`)).toEqual([
      'nat PREROUTING 1',
      'nat KUBE-SERVICES 2',
      'nat KUBE-SVC-XM7DIBVJQPJ3TSDT 4',
      'nat KUBE-SEP-ZIND3P5OH66ULUTW 2',
      'filter FORWARD 1',
      'filter FORWARD 2',
      'filter FORWARD 3',
      'filter FORWARD 4',
      'nat POSTROUTING 1',
      'nat KUBE-POSTROUTING 1',
    ])
  })
  test('does not answer on another port', () => {
    expect(fates(rules, POD, '10.43.7.125:81')).toEqual(['10.43.7.125:81'])
  })
  test('without endpoints is refused', () => {
    expect(fates(rulesOf('05-no-endpoints'), POD, '10.43.7.128:80')).toEqual(['rejected'])
  })
  test('with internalTrafficPolicy Local stays on the node, and is dropped where there is no endpoint', () => {
    expect(fates(rulesOf('15-internal-local'), POD, '10.43.7.137:80')).toEqual(['10.42.0.2:8080'])
    expect(fates(rulesOf('16-internal-local-none-here'), POD, '10.43.7.138:80')).toEqual(['dropped'])
  })
  test('with affinity leads a client that came lately to the same endpoint', () => {
    const packet: Packet = { ...POD, destination: '10.43.7.134', destinationPort: 80, protocol: 'tcp' }
    const recentlySeen = (list: string, source: string) =>
      list === 'KUBE-SEP-LDCAEAMJ4KJNB6UM' && source === POD.source
    const around = { addresses: ADDRESSES, recentlySeen }
    expect(trace(rulesOf('12-affinity'), packet, around).map(fate)).toEqual(['10.42.1.2:8080'])
  })
})

describe('a node port', () => {
  test('with policy Cluster leads everybody to every endpoint, masqueraded', () => {
    const rules = rulesOf('07-nodeport-cluster')
    for (const from of [OUTSIDE, OTHER_NODE, POD, SELF]) {
      expect(fates(rules, from, `${NODE.address}:30080`)).toEqual(masq(ALL))
    }
    expect(fates(rules, { source: '127.0.0.1' }, '127.0.0.1:30080')).toEqual(masq(ALL))
  })
  test('with policy Local keeps the client’s address and stays here; pods and the node go round it', () => {
    const rules = rulesOf('08-nodeport-local')
    expect(fates(rules, OUTSIDE, `${NODE.address}:30081`)).toEqual(['10.42.0.2:8080'])
    expect(fates(rules, POD, `${NODE.address}:30081`)).toEqual(ALL)
    expect(fates(rules, SELF, `${NODE.address}:30081`)).toEqual(masq(ALL))
  })
  test('with policy Local and no endpoint here is dropped from outside only', () => {
    const rules = rulesOf('09-nodeport-local-none-here')
    expect(fates(rules, OUTSIDE, `${NODE.address}:30082`)).toEqual(['dropped'])
    expect(fates(rules, SELF, `${NODE.address}:30082`)).toEqual(masq(ALL.slice(1)))
  })
  test('without endpoints is refused', () => {
    expect(fates(rulesOf('10-nodeport-no-endpoints'), OUTSIDE, `${NODE.address}:30083`)).toEqual(['rejected'])
  })
  test('answers on the node’s own addresses only', () => {
    expect(fates(rulesOf('07-nodeport-cluster'), POD, '172.19.0.3:30080')).toEqual(['172.19.0.3:30080'])
  })
})

describe('external destinations', () => {
  test('an external IP leads to every endpoint, masqueraded', () => {
    expect(fates(rulesOf('11-external-ips'), OUTSIDE, '192.0.2.11:80')).toEqual(masq(ALL.slice(0, 2)))
  })
  test('a load balancer’s source ranges let in whom they name and drop the others', () => {
    const rules = rulesOf('14-loadbalancer-source-ranges')
    expect(fates(rules, OUTSIDE, '203.0.113.10:80')).toEqual(masq(ALL))
    expect(fates(rules, OTHER_NODE, '203.0.113.10:80')).toEqual(masq(ALL))
    expect(fates(rules, STRANGER, '203.0.113.10:80')).toEqual(['dropped'])
  })
})

test('127.0.0.0/8 can not be reached from the network', () => {
  const rules = rulesOf('01-none')
  expect(fates(rules, OUTSIDE, '127.0.0.1:10250')).toEqual(['dropped'])
  expect(fates(rules, { source: '127.0.0.1' }, '127.0.0.1:10250')).toEqual(['127.0.0.1:10250'])
})

describe('with flannel’s rules beside', () => {
  const proxy = rulesOf('02-clusterip-three')
  const rules = new Map(proxy)
  for (const [name, table] of flannelRules('10.42.0.0/16', '10.42.0.0/24')) {
    const merged = new Map(proxy.get(name))
    for (const chain of table.values()) {
      const before = merged.get(chain.name)
      merged.set(chain.name, before ? { ...before, rules: [...before.rules, ...chain.rules] } : chain)
    }
    rules.set(name, merged)
  }

  test('pods reach pods as they are, and the world masqueraded', () => {
    expect(fates(rules, POD, '10.42.1.2:8080')).toEqual(['10.42.1.2:8080'])
    expect(fates(rules, POD, '1.1.1.1:443')).toEqual(['1.1.1.1:443 masq'])
    expect(fates(rules, { source: '10.42.1.2', in: 'flannel.1' }, '10.42.0.7:8080')).toEqual([
      '10.42.0.7:8080',
    ])
  })
  test('the node reaches pods elsewhere masqueraded, and its own as it is', () => {
    expect(fates(rules, SELF, '10.42.1.2:8080')).toEqual(['10.42.1.2:8080 masq'])
    expect(fates(rules, SELF, '10.42.0.7:8080')).toEqual(['10.42.0.7:8080'])
  })
  test('a ClusterIP is masqueraded by the same rule as without flannel', () => {
    expect(fates(rules, POD, '10.43.7.125:80')).toEqual(ALL)
    expect(fates(rules, SELF, '10.43.7.125:80')).toEqual(masq(ALL))
  })
})

test('of a packet that belongs to a connection the nat table sees nothing', () => {
  const packet: Packet = {
    ...POD,
    destination: '10.42.1.2',
    destinationPort: 8080,
    protocol: 'tcp',
    state: 'ESTABLISHED',
  }
  const [way] = trace(rulesOf('02-clusterip-three'), packet, { addresses: ADDRESSES })
  expect(way?.end).toBe('accepted')
  expect(way?.steps.map(({ table, chain, line }) => `${table} ${chain} ${line}`)).toEqual([
    'filter FORWARD 2',
    'filter KUBE-FORWARD 3',
  ])
})

test('an invalid packet is dropped in KUBE-FORWARD', () => {
  const packet: Packet = { ...POD, destination: '10.42.1.2', protocol: 'tcp', state: 'INVALID' }
  expect(trace(rulesOf('01-none'), packet, { addresses: ADDRESSES }).map(fate)).toEqual(['dropped'])
})

test('a plan restored over nothing and then over itself', () => {
  const rules = rulesOf('27-nodeport-affinity-local')
  const options = { owns: (chain: string) => chain.startsWith('KUBE-'), jumps: 'first' } as const
  expect(difference(new Map(), rules, options)).toContain('KUBE-SVL-CBF4OU3EIA5QBQP6')
  expect(difference(parseRuleset(cases.get('27-nodeport-affinity-local')!.saved), rules, options)).toBe('')
})
