import { expect, test } from 'vitest'
import { assignAddress } from '../../../../src/dataplane/calico/ipam/assign.ts'
import { assignGivenAddress } from '../../../../src/dataplane/calico/ipam/assign-given.ts'
import {
  IP_POOLS,
  IP_RESERVATIONS,
  IPAM_BLOCKS,
  IPAM_CONFIGS,
  IPAM_HANDLES,
  type IPAMConfig,
} from '../../../../src/dataplane/calico/resources.ts'
import { MemoryStore } from '../../../helpers/memory-store.ts'

const named = <Kind extends string>(kind: Kind, name: string) =>
  ({ apiVersion: 'crd.projectcalico.org/v1', kind, metadata: { name } }) as const

/** Two blocks of four addresses: node0 begins with the second, node1 with the first. */
async function tiny(config?: IPAMConfig['spec'], ...reservedCIDRs: string[]): Promise<MemoryStore> {
  const store = new MemoryStore()
  await store.create(IP_POOLS, { ...named('IPPool', 'tiny'), spec: { cidr: '10.66.0.0/29', blockSize: 30 } })
  if (config) await store.create(IPAM_CONFIGS, { ...named('IPAMConfig', 'default'), spec: config })
  const reservation = { ...named('IPReservation', 'kept'), spec: { reservedCIDRs } }
  if (reservedCIDRs.length > 0) await store.create(IP_RESERVATIONS, reservation)
  return store
}

let handles = 0
const assign = (store: MemoryStore, node = 'node0') =>
  assignAddress(store, {
    node: { name: node, labels: {} },
    handleID: `h${handles++}`,
    about: { node },
    use: 'Workload',
  })

/** As many addresses as there are, and why there are no more. */
async function all(store: MemoryStore, node?: string): Promise<string[]> {
  const got: string[] = []
  for (;;) {
    const next = await assign(store, node).catch((error: Error) => error)
    if (next instanceof Error) return [...got, next.message]
    got.push(next.replace('10.66.0.', '.'))
  }
}

test('a node takes its own block, a new one, and says in Calico’s words that nothing is left', async () => {
  expect(await all(await tiny())).toEqual([
    '.4',
    '.5',
    '.6',
    '.7',
    '.0',
    '.1',
    '.2',
    '.3',
    'Assigned 0 out of 1 requested IPv4 addresses; No IPs available in pools: [10.66.0.0/29]',
  ])
})

test('with strict affinity nobody borrows', async () => {
  const strict = await tiny({ strictAffinity: true, autoAllocateBlocks: true })
  await assign(strict, 'node1')
  expect(await all(strict)).toEqual([
    '.4',
    '.5',
    '.6',
    '.7',
    'Assigned 0 out of 1 requested IPv4 addresses; No more free affine blocks and strict affinity enabled',
  ])
  expect((await strict.list(IPAM_BLOCKS)).items.map(({ spec }) => spec.strictAffinity)).toEqual([true, true])
})

test('a limit of blocks holds, and so does the wish that nodes claim none', async () => {
  const limited = await tiny({ strictAffinity: true, autoAllocateBlocks: true, maxBlocksPerHost: 1 })
  expect(await all(limited)).toEqual([
    '.4',
    '.5',
    '.6',
    '.7',
    'cannot allocate new block due to per host block limit',
  ])
  const manual = await tiny({ strictAffinity: false, autoAllocateBlocks: false })
  expect(await all(manual)).toEqual(['failed to find or claim a block'])
})

test('reserved addresses are passed over, and reserved blocks left alone', async () => {
  expect((await all(await tiny(undefined, '10.66.0.5/32', '10.66.0.6'))).slice(0, -1)).toEqual([
    '.4',
    '.7',
    '.0',
    '.1',
    '.2',
    '.3',
  ])
  const store = await tiny(undefined, '10.66.0.4/30')
  expect((await all(store)).slice(0, -1)).toEqual(['.0', '.1', '.2', '.3'])
  expect((await store.list(IPAM_BLOCKS)).items.map(({ spec }) => spec.cidr)).toEqual(['10.66.0.0/30'])
})

test('whoever asks for an address gets it, reserved or not, once', async () => {
  const store = await tiny(undefined, '10.66.0.4/30')
  const ask = (address: string, node = 'node1') =>
    assignGivenAddress(store, address, { node, handleID: `for-${address}-${node}`, about: { node } })
  expect(await ask('10.66.0.5')).toBe('10.66.0.5')
  const [block] = (await store.list(IPAM_BLOCKS)).items
  expect(block?.spec).toMatchObject({ affinity: 'host:node1', unallocated: [0, 2, 3] })
  await expect(ask('10.66.0.5', 'node0')).rejects.toThrow('resource already exists: 10.66.0.5')
  expect((await store.list(IPAM_HANDLES)).items).toHaveLength(1)
  expect(await ask('10.66.0.6', 'node0')).toBe('10.66.0.6')
  await expect(ask('10.77.0.1')).rejects.toThrow('The provided IP address is not in a configured pool')
})
