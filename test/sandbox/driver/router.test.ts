import { expect, test } from 'vitest'
import { until } from '../../../src/base/until.ts'
import type { Running } from '../../../src/machine/driver.ts'
import type { Machine } from '../../../src/machine/machine.ts'
import type { Topology } from '../../../src/machine/topology.ts'
import { testLab } from './lab.ts'

const FABRIC: Topology = {
  name: 'lab',
  networks: [
    { name: 'rack1', subnet: '25.25.25.0/24', gateway: '25.25.25.254' },
    { name: 'rack2', subnet: '35.35.35.0/24', gateway: '35.35.35.254' },
  ],
  machines: [
    { name: 'node0', address: '25.25.25.2' },
    { name: 'node1', address: '35.35.35.2' },
    {
      name: 'fabric',
      address: '25.25.25.254',
      router: { addresses: ['25.25.25.254', '35.35.35.254'], loopback: '2.2.2.2', as: 63400 },
    },
  ],
}

async function fabric(): Promise<Running> {
  const { driver } = testLab()
  return await driver.up(FABRIC, {})
}

const named = (running: Running, name: string) => running.machines.find((machine) => machine.name === name)!

async function say(machine: Machine, script: string): Promise<string> {
  const { stdout, stderr, exitCode } = await machine.exec(['sh', '-c', script])
  expect(`${exitCode} ${stderr}`).toBe('0 ')
  return stdout.trim()
}

const PING = 'ping -qc1 -W2'

test('machines of two networks reach each other by way of the router, and only so', async () => {
  const running = await fabric()
  const [node0, router] = [named(running, 'node0'), named(running, 'fabric')]
  expect(await say(node0, 'ip route')).toMatch(
    /^default via 25\.25\.25\.254 dev eth0 *\n25\.25\.25\.0\/24 dev eth0 .*src 25\.25\.25\.2$/,
  )
  expect(await say(node0, 'ping -c1 -W2 35.35.35.2')).toContain('ttl=63')
  expect(await say(node0, `${PING} 2.2.2.2`)).toContain(' 0% packet loss')
  // What it has no route to, it says so of at once.
  expect((await node0.exec(['ping', '-c1', '-W2', '9.9.9.9'])).stdout).toContain(
    'From 25.25.25.254 icmp_seq=1 Destination Net Unreachable',
  )
  await say(router, 'echo 0 >/proc/sys/net/ipv4/ip_forward')
  expect((await node0.exec(['ping', '-qc1', '-W1', '35.35.35.2'])).exitCode).toBe(1)
})

test('without a router the host is the way from one network to the other', async () => {
  const { driver } = testLab()
  const running = await driver.up({ ...FABRIC, machines: FABRIC.machines.slice(0, 2) }, {})
  expect(await say(named(running, 'node0'), 'ping -c1 -W2 35.35.35.2')).toContain('ttl=63')
  expect(await say(named(running, 'node1'), `${PING} 35.35.35.254`)).toContain(' 0% packet loss')
})

test('a router has an interface a network, its loopback address, and routes to nothing else', async () => {
  const router = named(await fabric(), 'fabric')
  expect(await say(router, 'ip -br -4 addr')).toMatch(
    /^lo +\S+ +127\.0\.0\.1\/8 2\.2\.2\.2\/32 *\neth0@\S+ +UP +25\.25\.25\.254\/24 *\neth1@\S+ +UP +35\.35\.35\.254\/24$/,
  )
  expect(await say(router, 'ip -o route | wc -l')).toBe('2')
})

test('BIRD waits on the router for its neighbours, and is kept', async () => {
  const running = await fabric()
  const [node1, router] = [named(running, 'node1'), named(running, 'fabric')]
  const status = await say(router, 'birdc show status')
  expect(status).toContain('Router ID is 2.2.2.2')
  expect(status).toContain('Daemon is up and running')
  expect((await node1.exec(['birdc', 'show', 'status'])).exitCode).toBe(1)

  await say(
    router,
    `echo 'protocol bgp node1 { local 2.2.2.2 as AS; neighbor 35.35.35.2 as AS; multihop; ipv4 { import all; }; }' >/etc/bird/conf.d/nodes.conf
    birdc configure`,
  )
  expect(await say(router, 'birdc show protocols')).toMatch(/^node1 +BGP/m)

  await say(router, 'kill -9 $(pidof bird)')
  await until(async () => (await router.exec(['birdc', 'show', 'protocols'])).stdout.includes('node1'), {
    what: 'BIRD to be there again',
    deadlineMs: 5000,
  })
})

test('a router that is made anew is as it came, with both cables and BIRD', async () => {
  const running = await fabric()
  const router = named(running, 'fabric')
  const looks = `ip -br link | sed 's/@if[0-9]*//'; ip -br -4 addr | sed 's/@if[0-9]*//'; ip route; birdc show protocols | sed 's/[0-9:.]* *$//'; ls -R /etc/bird; sysctl -n net.ipv4.icmp_ratelimit`
  const asNew = await say(router, looks)
  await say(
    router,
    'ip link del eth1; ip addr del 2.2.2.2/32 dev lo; birdc down; rm -r /etc/bird; echo 0 >/proc/sys/net/ipv4/ip_forward',
  )
  await running.rebuild('fabric')
  expect(await say(router, looks)).toBe(asNew)
  expect(await say(named(running, 'node1'), `${PING} 25.25.25.2`)).toContain(' 0% packet loss')
})
