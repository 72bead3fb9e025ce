import { expect, test } from 'vitest'
import { until } from '../../../../src/base/until.ts'
import type { NetworkMap } from '../../../../src/session/network/network-watch.ts'
import { watchNetwork } from '../../../../src/session/network/watch-network.ts'
import { fillText } from '../../../../src/session/values.ts'
import { World } from '../../../../src/session/world.ts'
import { labPorts } from '../../../helpers/lab-ports.ts'
import { testLab } from '../../driver/lab.ts'

const TOPOLOGY = {
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
      router: { addresses: ['25.25.25.254', '35.35.35.254'], loopback: '2.2.2.2' },
    },
  ],
}

test('a router stands between its networks on the map, with its cables and its table, whatever is cut', async () => {
  const { driver } = testLab()
  const running = await driver.up({ name: 'lab', ...TOPOLOGY }, {})
  const over = new AbortController()
  const watch = watchNetwork({
    lab: { topology: TOPOLOGY },
    ports: labPorts(running.machines),
    signal: over.signal,
  })
  const seen = (wanted: (map: NetworkMap) => boolean) =>
    until(() => (watch.map && wanted(watch.map) ? watch.map : false), { what: 'the map', deadlineMs: 5000 })
  try {
    const { machines, networks } = await seen(() => true)
    expect(networks).toEqual(TOPOLOGY.networks)
    expect(machines.map(({ name }) => name)).toEqual(['node0', 'fabric', 'node1'])
    const [, fabric] = machines
    const cables = [
      { device: 'eth0', network: 'rack1' },
      { device: 'eth1', network: 'rack2' },
    ]
    expect(fabric).toMatchObject({ address: '2.2.2.2', router: true, cables })
    expect(fabric?.interfaces.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'lo loopback',
      'eth0 physical',
      'eth1 physical',
    ])
    expect(fabric?.routes.map(({ destination, device }) => `${destination} ${device}`)).toEqual([
      '25.25.25.0/24 eth0',
      '35.35.35.0/24 eth1',
    ])

    const cut = 'ip link del eth1; ip route add 10.9.0.0/16 via 25.25.25.2 proto bird'
    await running.machines[2]!.exec(['sh', '-c', cut])
    const map = await seen((now) => now.machines[1]?.interfaces.length === 2)
    expect(map.machines[1]?.cables).toEqual(cables)
    expect(map.machines[1]?.routes).toContainEqual({
      destination: '10.9.0.0/16',
      via: '25.25.25.2',
      device: 'eth0',
      protocol: 'bird',
      flags: [],
    })
  } finally {
    over.abort()
  }
})

test('texts name a router’s addresses as it has them', async () => {
  const { driver } = testLab()
  const { machines } = await driver.up({ name: 'lab', ...TOPOLOGY }, {})
  const text = '{{ router.fabric.name }} {{ router.fabric.address }} {{ router.fabric.loopback }}'
  expect(await fillText(new World(labPorts(machines)), text)).toEqual({
    text: 'fabric 25.25.25.254 2.2.2.2',
    missing: [],
  })
  await machines[2]!.exec(['ip', 'addr', 'del', '2.2.2.2/32', 'dev', 'lo'])
  expect((await fillText(new World(labPorts(machines)), text)).missing).toEqual(['router.fabric.loopback'])
})
