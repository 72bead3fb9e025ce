import { expect, test } from 'vitest'
import { bridgeLines, cableLines, machineLines } from '../../../src/drivers/sandbox/wire.ts'

const node1 = { name: 'node1', address: '172.19.0.3' }
const topology = {
  name: 'lab',
  networks: [{ name: 'underlay', subnet: '172.19.0.0/16', gateway: '172.19.0.1' }],
  machines: [node1],
}

test('addresses have the subnet’s prefix length', () => {
  expect(bridgeLines(topology)).toContain('addr add 172.19.0.1/16 dev underlay.0')
  expect(machineLines(node1, topology)).toContain('addr add 172.19.0.3/16 brd + dev eth0')
})

test('the cable’s far end is made inside the machine, so that it is eth0 from the start', () => {
  expect(cableLines(node1, topology)[0]).toBe(
    'link add node1 type veth peer name eth0 address 02:42:ac:13:00:03 netns node1',
  )
})
