import { expect, test } from 'vitest'
import { freeRanges, movedTo } from '../../../../src/drivers/docker/free-range.ts'
import { topologyOf, topologyOfRacks } from '../../../helpers/docker-lab.ts'

const first = (taken: string[]) => freeRanges('172.19.0.0/24', taken).next().value

test('a lab has its own range when nobody else does, or else one that overlaps with none', () => {
  expect(first(['172.17.0.0/16'])).toBe('172.19.0.0/24')
  expect(first(['172.19.0.128/25'])).toBe('172.18.0.0/24')
  expect(first(['172.16.0.0/12'])).toBe('10.200.0.0/24')
  expect(first(['172.16.0.0/12', '10.0.0.0/8'])).toBe('192.168.200.0/24')
  expect(first(['0.0.0.0/0'])).toBeUndefined()
})

test('machines keep their places in another range', () => {
  expect(movedTo(topologyOf('lab', 2), ['10.201.0.0/24'])).toEqual(topologyOf('lab', 2, '10.201.0.0/24'))
})

test('each of several networks moves by itself, with the router in all of them', () => {
  const racks = topologyOfRacks('racks')
  const moved = movedTo(racks, ['25.25.25.0/24', '172.18.0.0/24'])
  expect(moved.networks.map(({ gateway }) => gateway)).toEqual(['25.25.25.254', '172.18.0.254'])
  expect(moved.machines.map(({ address }) => address)).toEqual([
    '25.25.25.121',
    '172.18.0.122',
    '25.25.25.254',
  ])
  expect(moved.machines[2]?.router).toEqual({
    ...racks.machines[2]?.router,
    addresses: ['25.25.25.254', '172.18.0.254'],
  })
})
