import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parsePeers, peersTable } from '../../../src/calicoctl/commands/node-status.ts'

const golden = readFileSync(
  resolve(import.meta.dirname, '../../golden/calicoctl/node-status.node0.txt'),
  'utf8',
)

test('BIRD 2 is shown as the real one shows BIRD 1.6', () => {
  const said = `0001 BIRD 2.0.12 ready.
2002-Name       Proto      Table      State  Since         Info
1002-device1    Device     ---        up     10:33:05.601
 kernel1    Kernel     master4    up     10:33:05.601
 Mesh_172_30_0_11 BGP        ---        up     10:33:08.497  Established
 Mesh_172_30_0_12 BGP        ---        up     10:33:08.491  Established
0000
`
  expect(golden).toContain(`IPv4 BGP status\n${peersTable(parsePeers(said))}`)
})

test('why a session is not up is broken between words, as wide as the real one lets it be', () => {
  const said =
    ' Global_2_2_2_2 BGP        ---        start  10:33:08.497  Active        Socket: Connection refused'
  const [peer] = parsePeers(said)
  expect(peer).toMatchObject({
    address: '2.2.2.2',
    type: 'global',
    info: 'Active Socket: Connection refused',
  })
  expect(peersTable(parsePeers(said)).split('\n')).toContain(
    '| 2.2.2.2      | global    | start | 10:33:08 | Active Socket: Connection      |',
  )
})

test('a node without peers says so', () => {
  expect(peersTable([])).toBe('No IPv4 peers found.\n')
})
