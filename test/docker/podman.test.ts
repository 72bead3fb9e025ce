import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Machine } from '../../src/machine/machine.ts'
import { dockerUser, topologyOf, topologyOfRacks } from '../helpers/docker-lab.ts'
import { podmanMissing, TestPodman } from '../helpers/podman.ts'

const why = podmanMissing()
let podman: TestPodman

beforeAll(async () => {
  if (why !== undefined) return
  podman = new TestPodman()
  await podman.start()
})
afterAll(async () => podman?.leave())
beforeEach(({ skip }) => skip(why !== undefined, why))

const on = async (machine: Machine | undefined, script: string) =>
  (await machine!.exec(['sh', '-c', script])).stdout.trim()

test('podman is a daemon for labs: machines, commands, files, and nothing left', async () => {
  const { driver } = dockerUser(podman.socket)
  const files = [{ path: 'root/hello', content: 'hello\n' }]
  const running = await driver.up(topologyOf('lab', 2), { files })
  await running.keep()
  const [node0] = (await driver.find('lab'))!.machines
  expect(await on(node0, 'hostname; cat /root/hello')).toBe('node0\nhello')
  expect(await on(node0, 'ping -c 1 -W 2 node1')).toContain('172.19.0.3')
  expect(await node0!.exec(['sh', '-c', 'cat; echo err >&2; exit 3'], { stdin: 'typed' })).toMatchObject({
    stdout: 'typed',
    stderr: 'err\n',
    exitCode: 3,
  })
  expect((await node0!.exec(['sleep', '1000'], { timeoutMs: 500 })).exitCode).toBe(124)
  const cat = node0!.spawn(['cat'])
  cat.stdin.end('spawned\n')
  expect(await text(cat.stdout)).toBe('spawned\n')
  await running.rebuild('node1')
  expect(await on(running.machines[1], 'ip -4 addr show eth0')).toContain('172.19.0.3/24')
  expect(await driver.down('lab')).toBe(true)
  expect(await podman.docker.listContainers({ all: true })).toEqual([])
  expect((await podman.docker.listNetworks()).filter(({ Labels }) => Labels?.['io.knet-labs.lab'])).toEqual(
    [],
  )
})

test('podman’s machines reach each other by a router, whose cables have their order', async () => {
  const { driver } = dockerUser(podman.socket)
  const { machines } = await driver.up(topologyOfRacks('racks'), {})
  expect(await on(machines[0], 'ping -c 1 -W 2 node122')).toContain('ttl=63')
  expect(await on(machines[2], 'ip -4 addr show eth1')).toContain('35.35.35.254/24')
  expect(await on(machines[2], 'ip link show eth0')).toContain('02:42:19:19:19:fe')
  await podman.docker.getContainer('racks-fabric').restart({ t: 0 })
  await expect.poll(() => on(machines[0], 'ping -c 1 -W 2 2.2.2.2'), { timeout: 10_000 }).toContain('ttl=64')
})
