import { beforeEach, expect, test } from 'vitest'
import type { Machine } from '../../src/machine/machine.ts'
import { dockerUser, sharedDaemon, topologyOfRacks, whyNoDocker } from '../helpers/docker-lab.ts'

beforeEach(({ skip }) => skip(whyNoDocker() !== undefined, whyNoDocker()))

const on = async (machine: Machine | undefined, script: string) =>
  (await machine!.exec(['sh', '-c', script])).stdout.trim()

test('nodes of two racks reach each other by the router, which has a cable in each and no way on', async () => {
  const { driver } = dockerUser(sharedDaemon().socket)
  const { machines } = await driver.up(topologyOfRacks('racks'), {})
  const [node121, node122, fabric] = machines
  expect(await on(node121, 'ip route')).toContain('default via 25.25.25.254 dev eth0')
  expect(await on(node122, 'ip route')).toContain('default via 35.35.35.254 dev eth0')
  expect(await on(fabric, 'ip route')).not.toContain('default')
  expect(await on(fabric, 'ip -4 addr show eth0')).toContain('25.25.25.254/24')
  expect(await on(fabric, 'ip -4 addr show eth1')).toContain('35.35.35.254/24')
  expect(await on(fabric, 'ip -4 addr show lo')).toContain('2.2.2.2/32')
  expect(await on(node121, 'ping -c 1 -W 2 node122')).toContain('ttl=63')
  expect(await on(node121, 'ping -c 1 -W 2 2.2.2.2')).toContain('ttl=64')
  // Without the router there is no way: the daemon's computer is not one.
  await fabric!.exec(['ip', 'link', 'set', 'eth1', 'down'])
  expect((await node121!.exec(['ping', '-c', '1', '-W', '1', '35.35.35.122'])).exitCode).toBe(1)
})

test('machines are wired the same after Docker has restarted them, or they were made anew', async () => {
  const { docker, socket } = sharedDaemon()
  const { driver } = dockerUser(socket)
  const running = await driver.up(topologyOfRacks('again'), {})
  await running.keep()
  const [node121, , fabric] = running.machines
  await Promise.all(
    ['node121', 'fabric'].map((name) => docker.getContainer(`again-${name}`).restart({ t: 0 })),
  )
  const wired = async () => {
    await expect
      .poll(() => on(node121, 'ping -c 1 -W 2 35.35.35.122'), { timeout: 10_000 })
      .toContain('ttl=63')
    const addresses = () => on(fabric, 'ip -4 addr')
    await expect.poll(addresses, { timeout: 10_000 }).toContain('35.35.35.254/24')
    await expect.poll(addresses, { timeout: 10_000 }).toContain('2.2.2.2/32')
  }
  await wired()
  await running.rebuild('fabric')
  await wired()
})

test('of several ranges only the one that is taken gives way, and gateways go with it', async () => {
  const { docker, socket } = sharedDaemon()
  const { driver } = dockerUser(socket)
  const other = await docker.createNetwork({
    Name: 'other35',
    IPAM: { Driver: 'default', Config: [{ Subnet: '35.35.0.0/16' }] },
  })
  try {
    const said: string[] = []
    const { topology, machines } = await driver.up(topologyOfRacks('half'), {
      onProgress: (line) => said.push(line),
    })
    const [rack25, rack35] = topology.networks
    expect(rack25?.subnet).toBe('25.25.25.0/24')
    expect(rack35?.subnet).not.toMatch(/^35/)
    expect(said.join()).toBe(
      `35.35.35.0/24 is taken by another network; this lab is in ${rack35?.subnet} now, and its texts say so.`,
    )
    expect(topology.machines[2]?.router?.addresses).toEqual([rack25?.gateway, rack35?.gateway])
    expect(await on(machines[1], 'ip route')).toContain(`default via ${rack35?.gateway} dev eth0`)
    expect(await on(machines[0], 'ping -c 1 -W 2 node122')).toContain('ttl=63')
  } finally {
    await driver.down('half')
    await other.remove()
  }
})
