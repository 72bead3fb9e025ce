import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { IPAM_HANDLES } from '../../../src/dataplane/calico/resources.ts'
import { NODES } from '../../../src/kube/resources.ts'
import { calicoNodes, pingOnce, type CalicoNodes, type TestPod } from '../../helpers/calico-nodes.ts'
import { eventually } from '../../helpers/control-plane.ts'
import { run } from '../../helpers/sandbox-nodes.ts'

let nodes: CalicoNodes
beforeAll(async () => {
  nodes = await calicoNodes(['172.19.0.10', '172.19.0.11', '172.19.0.12'])
})
afterAll(() => nodes.close())

const machine = (index: number) => nodes.machine(index)
const ping = (from: TestPod, to: TestPod) => pingOnce(nodes, from, to)
const routes = async (index: number) => run(machine(index), 'ip', 'route', 'show', 'proto', 'bird')

/** The protocols of the packets that leave a node while pods of two nodes talk. */
async function onTheWire(from: TestPod, to: TestPod): Promise<string[]> {
  const options = [
    '-q',
    '-i',
    'eth0',
    '-f',
    'icmp or ip proto 4',
    '-a',
    'duration:1',
    '-P',
    '-w',
    '/run/seen.pcap',
  ]
  const dump = machine(from.node).spawn(['dumpcap', ...options])
  await new Promise<void>((resolve) =>
    dump.stderr.on('data', (text) => String(text).includes('File') && resolve()),
  )
  expect(await ping(from, to)).toMatch(/ttl=62/)
  await dump.exited
  const fields = await run(
    machine(from.node),
    'tshark',
    '-r',
    '/run/seen.pcap',
    '-T',
    'fields',
    '-e',
    'frame.protocols',
  )
  return [...new Set(fields.trim().split('\n'))]
}

let web: TestPod
let other: TestPod

test('pods on different nodes reach each other: routes come by BGP and lead through IP-in-IP', async () => {
  ;[web, other] = await Promise.all([nodes.pod(1, 'web'), nodes.pod(2, 'other')])
  expect(web.address).toMatch(/^192\.168\.166\.1[23]\d$/)
  expect(other.address).toMatch(/^192\.168\.104\.\d$/)
  await eventually(
    () => ping(web, other),
    (said) => /ttl=62/.test(said),
    15_000,
  )
  const known = [
    '192.168.104.0/26 via 172.19.0.12 dev tunl0 onlink',
    '192.168.135.128/26 via 172.19.0.10 dev tunl0 onlink',
    'blackhole 192.168.166.128/26',
  ]
  await eventually(
    async () => (await routes(1)).trim().split(/ *\n/),
    (lines) => lines.join() === known.join(),
  )
  expect(await onTheWire(web, other)).toEqual(['eth:ethertype:ip:ip:icmp:data'])
})

test('nodes have what Calico writes on them and of them', async () => {
  expect(await run(machine(1), 'cat', '/var/lib/calico/nodename', '/var/lib/calico/mtu')).toBe('node11480')
  const node = await nodes.client.get(NODES, { name: 'node1' })
  expect(node?.metadata.annotations).toMatchObject({
    'projectcalico.org/IPv4Address': '172.19.0.11/24',
    'projectcalico.org/IPv4IPIPTunnelAddr': '192.168.166.128',
  })
  expect(node?.status?.conditions?.find(({ type }) => type === 'NetworkUnavailable')).toMatchObject({
    status: 'False',
    reason: 'CalicoIsUp',
  })
})

test('chains and sets of address translation are those of a real node', async () => {
  const cali = (text: string) =>
    text
      .split('\n')
      .filter((line) => /cali-/.test(line) && !line.startsWith(':'))
      .sort()
  const real = readFileSync(join(import.meta.dirname, '../../golden/calico/iptables-nat-ipip.txt'), 'utf8')
  expect(cali(await run(machine(1), 'iptables-save', '-t', 'nat'))).toEqual(cali(real))
  const sets = await run(machine(1), 'ipset', 'save')
  const members = sets.split('\n').filter((line) => /^add .*-ipam-pools/.test(line))
  expect(members).toEqual([
    'add cali40all-ipam-pools 192.168.0.0/16',
    'add cali40masq-ipam-pools 192.168.0.0/16',
  ])
})

test('who has taken rules, tunnel and files away gets them back', async () => {
  const before = await run(machine(2), 'iptables-save', '-t', 'nat')
  await run(machine(2), 'sh', '-c', 'iptables -t nat -F; ip link delete tunl0; rm -r /var/lib/calico')
  await nodes.calico(2).ensure()
  expect((await run(machine(2), 'iptables-save', '-t', 'nat')).match(/cali:\S+/g)).toEqual(
    before.match(/cali:\S+/g),
  )
  await eventually(
    () => ping(web, other),
    (said) => /ttl=62/.test(said),
    15_000,
  )
})

test('of two modes of a pool the one for crossing networks keeps to the wire inside of one', async () => {
  await nodes.changePool({ ipipMode: 'CrossSubnet' })
  await eventually(
    () => routes(1),
    (said) => said.includes('192.168.104.0/26 via 172.19.0.12 dev eth0'),
    15_000,
  )
  expect(await onTheWire(web, other)).toEqual(['eth:ethertype:ip:icmp:data'])
})

test('a pool that is not to be in a tunnel takes tunl0 and its address away, while pods go on talking', async () => {
  await nodes.changePool({ ipipMode: 'Never' })
  await eventually(
    () => run(machine(1), 'ip', '-br', 'link'),
    (said) => !said.includes('tunl0'),
    15_000,
  )
  expect(await ping(web, other)).toMatch(/ttl=62/)
  await eventually(
    async () => (await nodes.store.list(IPAM_HANDLES)).items.map(({ metadata }) => metadata.name).sort(),
    (names) => names.join() === 'k8s-pod-network.id-other,k8s-pod-network.id-web',
  )
  expect(await run(machine(1), 'cat', '/var/lib/calico/mtu')).toBe('1500')
  await nodes.changePool({ ipipMode: 'Always' })
  await eventually(
    () => routes(1),
    (said) => said.includes('dev tunl0'),
    15_000,
  )
  await eventually(
    () => ping(web, other),
    (said) => /ttl=62/.test(said),
    5000,
  )
})

test('a pod that goes gives its address back', async () => {
  await web.remove()
  expect((await nodes.store.list(IPAM_HANDLES)).items.map(({ metadata }) => metadata.name)).not.toContain(
    'k8s-pod-network.id-web',
  )
  expect(nodes.problems.map(String).filter((problem) => !problem.includes('tunl0 is gone'))).toEqual([])
})
