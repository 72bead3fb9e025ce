import { describe, expect, test } from 'vitest'
import { checkTopology } from '../../../src/lab/topology-rules.ts'
import { topologySchema } from '../../../src/lab/topology-schema.ts'
import { topologyOf } from '../../../src/lab/topology.ts'
import { readYaml } from '../../../src/lab/source.ts'

const read = (yaml: string) => topologySchema.parse(readYaml('lab.yaml', yaml).value)

function problemsOf(yaml: string): string[] {
  const problems: string[] = []
  checkTopology(read(yaml), (path, message) => problems.push(`${path.join('.')}: ${message}`))
  return problems
}

test('one subnet is one network', () => {
  const yaml = `
subnet: 172.19.0.0/24
gateway: 172.19.0.1
machines: { node0: 172.19.0.2 }
cluster: none`
  expect(problemsOf(yaml)).toEqual([])
  expect(topologyOf(read(yaml))).toEqual({
    networks: [{ name: 'underlay', subnet: '172.19.0.0/24', gateway: '172.19.0.1' }],
    machines: [{ name: 'node0', address: '172.19.0.2' }],
  })
})

test('routers come after nodes, with an address in each of their networks', () => {
  const yaml = `
networks:
  rack1: { subnet: 25.25.25.0/24, gateway: 25.25.25.254 }
  rack2: { subnet: 35.35.35.0/24, gateway: 35.35.35.254 }
routers:
  fabric: { addresses: [25.25.25.254, 35.35.35.254], loopback: 2.2.2.2, as: 63400 }
machines: { node0: 25.25.25.2, node1: 35.35.35.2 }
cluster: none`
  const fabric = { addresses: ['25.25.25.254', '35.35.35.254'], loopback: '2.2.2.2', as: 63400 }
  expect(problemsOf(yaml)).toEqual([])
  expect(topologyOf(read(yaml)).machines).toEqual([
    { name: 'node0', address: '25.25.25.2' },
    { name: 'node1', address: '35.35.35.2' },
    { name: 'fabric', address: '25.25.25.254', router: fabric },
  ])
})

test('routes to nodes as gateways need nodes that are next door', () => {
  const yaml = (cluster: string) => `
networks:
  rack1: { subnet: 25.25.25.0/24, gateway: 25.25.25.254 }
  rack2: { subnet: 35.35.35.0/24, gateway: 35.35.35.254 }
routers: { fabric: { addresses: [25.25.25.254, 35.35.35.254] } }
machines: { node0: 25.25.25.2, node1: 35.35.35.2 }
cluster: ${cluster}`
  expect(problemsOf(yaml('flannel-vxlan'))).toEqual([])
  expect(problemsOf(yaml('flannel-host-gw'))).toEqual([
    'cluster: flannel-host-gw needs all nodes in one network',
  ])
})

describe('networks are said in one way', () => {
  const rest = 'machines: {}\ncluster: none'
  const networks = 'networks: { a: { subnet: 1.1.1.0/24, gateway: 1.1.1.1 } }'
  const message = [': give either subnet: and gateway:, or networks:']
  test.each([
    ['not at all', rest],
    ['by a subnet without its gateway', `subnet: 1.1.1.0/24\n${rest}`],
    ['in both ways', `${networks}\ngateway: 1.1.1.1\n${rest}`],
  ])('and not %s', (_what, yaml) => expect(problemsOf(yaml)).toEqual(message))
})
