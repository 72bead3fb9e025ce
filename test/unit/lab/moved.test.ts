import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadLab } from '../../../src/lab/load.ts'
import { movedLab, movedText } from '../../../src/lab/moved.ts'

const move = (text: string) => movedText(text, '172.19.0.0/24', '10.200.0.0/24')

test('addresses of the range move, wherever they stand, and no others', () => {
  expect(move('ping 172.19.0.1; ip route add 172.19.0.0/24 via 172.19.0.255.')).toBe(
    'ping 10.200.0.1; ip route add 10.200.0.0/24 via 10.200.0.255.',
  )
  for (const other of [
    '172.19.1.1',
    '172.17.0.2',
    '1172.19.0.1',
    '172.19.0.1.5',
    '172.19.0.256',
    '10.42.0.0/16',
  ])
    expect(move(other)).toBe(other)
})

test('a lab that was moved speaks of its own range nowhere, and is otherwise the same', () => {
  const lab = loadLab(join(import.meta.dirname, '../../../labs/containers'))
  const topology = {
    networks: [{ ...lab.topology.networks[0]!, subnet: '10.200.0.0/24', gateway: '10.200.0.1' }],
    machines: [{ name: 'node0', address: '10.200.0.2' }],
  }
  const moved = movedLab(lab, topology)
  const text = JSON.stringify(lab)
  expect(text).toContain('172.19.0.1')
  expect(JSON.stringify(moved)).toBe(text.replaceAll('172.19.0.', '10.200.0.'))
  expect(movedLab(lab, lab.topology)).toBe(lab)
})
