import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { assignGivenAddress } from '../../../../src/dataplane/calico/ipam/assign-given.ts'
import { assignAddress } from '../../../../src/dataplane/calico/ipam/assign.ts'
import { claimBlock } from '../../../../src/dataplane/calico/ipam/claim.ts'
import { blocksFor } from '../../../../src/dataplane/calico/ipam/first-block.ts'
import {
  releaseGiven,
  releaseHandle,
  releaseNode,
  releasePool,
} from '../../../../src/dataplane/calico/ipam/release.ts'
import {
  BLOCK_AFFINITIES,
  IP_POOLS,
  IPAM_BLOCKS,
  IPAM_HANDLES,
  type BlockAffinity,
  type IPAMBlock,
  type IPAMHandle,
  type IPPool,
} from '../../../../src/dataplane/calico/resources.ts'
import { NODES } from '../../../../src/kube/resources.ts'
import { MemoryStore } from '../../../helpers/memory-store.ts'

const GOLDEN = resolve(import.meta.dirname, '../../../golden/calico/ipam')
/** What a real Calico 3.23.5 stored. */
const golden = <T>(name: string) =>
  (parse(readFileSync(join(GOLDEN, `crd-${name}.yaml`), 'utf8')) as { items: T[] }).items

function pool(name: string, spec: IPPool['spec']): IPPool {
  return { apiVersion: 'crd.projectcalico.org/v1', kind: 'IPPool', metadata: { name }, spec }
}

async function storeWith(...pools: IPPool[]): Promise<MemoryStore> {
  const store = new MemoryStore()
  for (const one of pools) await store.create(IP_POOLS, one)
  return store
}

const nodeOf = (name: string, labels: Record<string, string> = {}) => ({ name, labels })
const wish = (node: string, handleID: string, pools?: string[]) =>
  ({ node: nodeOf(node), handleID, about: { node }, pools, use: 'Workload' }) as const

/** Blocks, and whose they are. */
const owned = async (store: MemoryStore) =>
  (await store.list(IPAM_BLOCKS)).items.map(({ spec }) => `${spec.cidr} ${spec.affinity}`)

const first = (node: string, cidr: { network: number; prefix: number }, size: number) =>
  blocksFor(node, cidr, size).next().value

test('nodes begin where real Calico’s begin, in pools and blocks of any size', () => {
  const all = { network: 0xc0a80000, prefix: 16 }
  expect(['node0', 'node1', 'node2'].map((node) => first(node, all, 26))).toEqual([
    '192.168.135.128/26',
    '192.168.166.128/26',
    '192.168.104.0/26',
  ])
  const small = { network: 0x0a4d0000, prefix: 24 }
  expect(first('node2', small, 30)).toBe('10.77.0.128/30')
  expect([...blocksFor('node2', small, 29)].slice(0, 2)).toEqual(['10.77.0.168/29', '10.77.0.176/29'])
  const tiny = { network: 0x0a420000, prefix: 29 }
  expect([...blocksFor('node0', tiny, 30)]).toEqual(['10.66.0.4/30', '10.66.0.0/30'])
  expect([...blocksFor('node1', tiny, 30)]).toEqual(['10.66.0.0/30', '10.66.0.4/30'])
  expect([...blocksFor('node1', tiny, 28)]).toEqual([])
})

test('blocks, affinities and handles are stored as Calico 3.23 stores them', async () => {
  const store = await storeWith(...golden<IPPool>('ippools'))
  const wanted = golden<IPAMBlock>('ipamblocks')
  for (const { spec } of wanted) {
    for (const { handle_id: handleID = '', secondary: about = {} } of spec.attributes) {
      const node = nodeOf(about['node'] ?? '')
      await assignAddress(store, { node, handleID, about, use: 'Workload' })
    }
  }
  const plain = <T extends { metadata: { name: string; annotations?: object } }>(objects: T[]) =>
    objects
      .map(({ metadata: { name, annotations }, ...rest }) => ({ ...rest, metadata: { name, annotations } }))
      .sort((a, b) => a.metadata.name.localeCompare(b.metadata.name))
  /** Numbers as differences from the one that the last address got: they begin with the time. */
  const unnumbered = (blocks: IPAMBlock[]) =>
    plain(blocks).map((block) => {
      const { sequenceNumber: _, sequenceNumberForAllocation: numbers, ...spec } = block.spec
      return { ...block, spec: { ...spec, numbered: Object.keys(numbers) } }
    })
  expect(unnumbered((await store.list(IPAM_BLOCKS)).items)).toEqual(unnumbered(wanted))
  expect(plain((await store.list(BLOCK_AFFINITIES)).items)).toEqual(
    plain(golden<BlockAffinity>('blockaffinities')),
  )
  expect(plain((await store.list(IPAM_HANDLES)).items)).toEqual(plain(golden<IPAMHandle>('ipamhandles')))
})

test('each address has the number that its block had when it was given out', async () => {
  const store = await storeWith(pool('one', { cidr: '10.66.0.0/30', blockSize: 30 }))
  await assignAddress(store, wish('node0', 'a'))
  await assignAddress(store, wish('node0', 'b'))
  const [block] = (await store.list(IPAM_BLOCKS)).items
  const begin = (block?.spec.sequenceNumber ?? 0) - 2
  expect(begin).toBeGreaterThan(1e15)
  expect(block?.spec.sequenceNumberForAllocation).toEqual({ 0: begin, 1: begin + 1 })
})

test('a node borrows when there is no block left, and is refused in Calico’s words when there is no address left', async () => {
  const store = await storeWith(pool('tiny', { cidr: '10.66.0.0/29', blockSize: 30 }))
  const take = async (node: string, count: number) => {
    const addresses: string[] = []
    for (let i = 0; i < count; i++) addresses.push(await assignAddress(store, wish(node, `${node}-${i}`)))
    return addresses
  }
  expect(await take('node0', 2)).toEqual(['10.66.0.4', '10.66.0.5'])
  expect(await take('node1', 2)).toEqual(['10.66.0.0', '10.66.0.1'])
  expect(await take('node2', 4)).toEqual(['10.66.0.2', '10.66.0.3', '10.66.0.6', '10.66.0.7'])
  await expect(take('node2', 1)).rejects.toThrow(
    'Assigned 0 out of 1 requested IPv4 addresses; No IPs available in pools: [10.66.0.0/29]',
  )
  await store.create(IP_POOLS, pool('more', { cidr: '10.67.0.0/29', blockSize: 30 }))
  expect(await take('node2', 1)).toEqual(['10.67.0.0'])
})

test('a full block is followed by another one of the node’s own', async () => {
  const store = await storeWith(pool('small', { cidr: '10.77.0.0/24', blockSize: 29 }))
  for (let i = 0; i < 10; i++) await assignAddress(store, wish('node2', `pod-${i}`))
  const { items } = await store.list(BLOCK_AFFINITIES)
  expect(items.map(({ spec }) => `${spec.cidr} ${spec.node} ${spec.state}`)).toEqual([
    '10.77.0.168/29 node2 confirmed',
    '10.77.0.176/29 node2 confirmed',
  ])
})

test('an address that is given back is the last one to be given out again; the empty block stays the node’s', async () => {
  const store = await storeWith(pool('one', { cidr: '10.66.0.0/30', blockSize: 30 }))
  await assignAddress(store, wish('node0', 'a'))
  await assignAddress(store, wish('node0', 'b'))
  expect(await releaseHandle(store, 'a')).toEqual(['10.66.0.0'])
  const [block] = (await store.list(IPAM_BLOCKS)).items
  expect(block?.spec).toMatchObject({
    allocations: [null, 0, null, null],
    attributes: [{ handle_id: 'b' }],
    unallocated: [2, 3, 0],
    affinity: 'host:node0',
  })
  expect(await store.get(IPAM_HANDLES, { name: 'a' })).toBeUndefined()
  expect(await releaseHandle(store, 'a')).toEqual([])
  await releaseHandle(store, 'b')
  expect((await store.list(IPAM_BLOCKS)).items[0]?.spec).toMatchObject({
    affinity: 'host:node0',
    attributes: [],
    unallocated: [2, 3, 0, 1],
  })
})

test('what is given back by its handle leaves its number, and what is given back by its address does not, as upstream', async () => {
  const store = await storeWith(pool('one', { cidr: '10.66.0.0/30', blockSize: 30 }))
  for (const name of ['a', 'b', 'c']) await assignAddress(store, wish('node0', name))
  await releaseHandle(store, 'a')
  expect(await releaseGiven(store, [{ address: '10.66.0.1' }, { address: '10.9.9.9' }])).toEqual(['10.9.9.9'])
  const [block] = (await store.list(IPAM_BLOCKS)).items
  expect(Object.keys(block?.spec.sequenceNumberForAllocation ?? {})).toEqual(['0', '2'])
  expect(block?.spec.unallocated).toEqual([3, 0, 1])
})

test('of a node that is gone nothing stays but blocks that others have borrowed of, until they have given that back', async () => {
  const store = await storeWith(pool('one', { cidr: '10.66.0.0/29', blockSize: 30 }))
  await assignAddress(store, wish('node0', 'own'))
  await claimBlock(store, 'node1', '10.66.0.0/30')
  for (let i = 0; i < 4; i++) await assignAddress(store, wish('node1', `guest-${i}`))
  expect(await assignAddress(store, wish('node1', 'borrower'))).toBe('10.66.0.5')
  expect(await releaseNode(store, 'node0')).toBe(true)
  expect(await releaseNode(store, 'node0')).toBe(false)
  expect(await owned(store)).toEqual(['10.66.0.0/30 host:node1', '10.66.0.4/30 host:node0'])
  await releaseHandle(store, 'borrower')
  expect(await releaseNode(store, 'node0')).toBe(true)
  expect(await owned(store)).toEqual(['10.66.0.0/30 host:node1'])
  expect((await store.list(BLOCK_AFFINITIES)).items.map(({ metadata }) => metadata.name)).toEqual([
    'node1-10-66-0-0-30',
  ])
})

test('addresses are given back only by who has them still: of a block all, or none', async () => {
  const store = await storeWith(pool('one', { cidr: '10.66.0.0/29', blockSize: 30 }))
  for (const [node, name] of [
    ['node0', 'a'],
    ['node0', 'b'],
    ['node1', 'c'],
  ] as const)
    await assignAddress(store, wish(node, name))
  const number = (await store.get(IPAM_BLOCKS, { name: '10-66-0-4-30' }))?.spec.sequenceNumber ?? 0
  const a = { address: '10.66.0.4', handle: 'a', sequenceNumber: number - 2 }
  const b = { address: '10.66.0.5', handle: 'b', sequenceNumber: number - 1 }
  const refused = [
    [a, { ...b, handle: 'x' }],
    [a, { ...b, sequenceNumber: number }],
    [a, { address: '10.66.0.6', sequenceNumber: 1 }],
  ]
  for (const each of refused)
    await expect(releaseGiven(store, each)).rejects.toThrow(`update conflict: ${each[1]?.address}`)
  const handles = async () => (await store.list(IPAM_HANDLES)).items.map(({ metadata }) => metadata.name)
  expect(await handles()).toEqual(['a', 'b', 'c'])
  expect(await releaseGiven(store, [a, b, { address: '10.66.0.0', handle: 'c' }])).toEqual([])
  expect(await handles()).toEqual([])
  expect(await releaseGiven(store, [{ address: '10.66.0.4', handle: 'a' }])).toEqual(['10.66.0.4'])
})

test('a block of nobody goes with the last of its addresses', async () => {
  const store = await storeWith(pool('one', { cidr: '10.66.0.0/30', blockSize: 30 }))
  for (const name of ['a', 'b']) await assignAddress(store, wish('node0', name))
  await releasePool(store, '10.66.0.0/16')
  expect(await owned(store)).toEqual(['10.66.0.0/30 undefined'])
  await releaseHandle(store, 'a')
  expect(await owned(store)).toHaveLength(1)
  expect(await releaseGiven(store, [{ address: '10.66.0.1' }])).toEqual([])
  expect(await owned(store)).toEqual([])
})

// What real Calico 3.23.5 did with the same pools, on three nodes.
test('an empty block is not a node’s any more when its pool selects the node no more, and somebody there wants an address', async () => {
  const racks = (one: string) => [
    pool('one', { cidr: '10.7.0.0/24', blockSize: 28, nodeSelector: `rack == '${one}'` }),
    pool('rest', { cidr: '10.8.0.0/24', blockSize: 28, nodeSelector: `rack != '${one}'` }),
  ]
  const store = await storeWith(...racks('a'))
  const inRackA = (handleID: string) => ({ ...wish('node0', handleID), node: nodeOf('node0', { rack: 'a' }) })
  await assignAddress(store, inRackA('first'))
  expect(await owned(store)).toEqual(['10.7.0.112/28 host:node0'])
  for (const one of racks('b')) await store.update(IP_POOLS, one)
  await assignAddress(store, inRackA('second'))
  expect(await owned(store)).toEqual(['10.7.0.112/28 host:node0', '10.8.0.112/28 host:node0'])
  await releaseHandle(store, 'first')
  await assignAddress(store, inRackA('third'))
  expect(await owned(store)).toEqual(['10.8.0.112/28 host:node0'])
})

test('a block of a pool that selects its node no more goes with the last of its addresses; one of a deleted pool stays', async () => {
  const store = await storeWith(pool('one', { cidr: '10.7.0.0/24', nodeSelector: '!has(rack)' }))
  const metadata = { name: 'node0', labels: { rack: 'a' } }
  for (const name of ['a', 'b']) await assignAddress(store, wish('node0', name))
  await store.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata })
  await releaseHandle(store, 'a')
  expect(await owned(store)).toHaveLength(1)
  await releaseHandle(store, 'b')
  expect(await owned(store)).toEqual([])
  expect((await store.list(BLOCK_AFFINITIES)).items).toEqual([])
  await assignAddress(store, wish('node0', 'c'))
  await store.delete(IP_POOLS, { name: 'one' })
  await releaseHandle(store, 'c')
  expect(await owned(store)).toHaveLength(1)
})

test('two nodes that want the same things at the same time get different ones, whoever is faster', async () => {
  const store = await storeWith(pool('tiny', { cidr: '10.66.0.0/28', blockSize: 30 }))
  store.beforeWrite = () => new Promise(setImmediate)
  const wishes = ['node0', 'node1', 'node2', 'node3'].flatMap((node) =>
    [0, 1, 2, 3].map((i) => wish(node, `${node}-${i}`)),
  )
  const addresses = await Promise.all(wishes.map((one) => assignAddress(store, one)))
  expect(new Set(addresses).size).toBe(16)
  const blocks = (await store.list(IPAM_BLOCKS)).items
  expect(blocks.map(({ spec }) => spec.unallocated)).toEqual([[], [], [], []])
  const handles = (await store.list(IPAM_HANDLES)).items
  expect(handles.map(({ spec }) => Object.values(spec.block))).toEqual(Array.from({ length: 16 }, () => [1]))
})

test('pools whose network is absent or none count for nothing, and keep nobody from an address', async () => {
  const empty = { ...pool('a', { cidr: '' }), spec: undefined } as unknown as IPPool
  const store = await storeWith(empty, pool('b', { cidr: 'nonsense' }), pool('c', { cidr: '10.77.0.0/24' }))
  expect(await assignAddress(store, wish('node0', 'one'))).toMatch(/^10\.77\.0\./)
  expect(await assignGivenAddress(store, '10.77.0.9', { ...wish('node0', 'two'), node: 'node0' })).toContain(
    '10.77.0.9',
  )
})

test('pools serve the nodes that they select, what they are for, and pods that ask for them', async () => {
  const store = await storeWith(
    pool('a-off', { cidr: '10.1.0.0/24', disabled: true }),
    pool('b-tunnels', { cidr: '10.2.0.0/24', allowedUses: ['Tunnel'] }),
    pool('c-rack', { cidr: '10.3.0.0/24', nodeSelector: "rack == 'one' && !has(broken)" }),
    pool('d-rest', { cidr: '10.4.0.0/24', nodeSelector: 'all()' }),
  )
  const from = async (
    name: string,
    labels: Record<string, string>,
    pools?: string[],
    use: 'Workload' | 'Tunnel' = 'Workload',
  ) => {
    const address = await assignAddress(store, {
      node: { name, labels },
      handleID: `${name}-${use}`,
      about: {},
      pools,
      use,
    })
    return address.split('.')[1]
  }
  expect(await from('node0', { rack: 'one' })).toBe('3')
  expect(await from('node1', { rack: 'one', broken: '' })).toBe('4')
  expect(await from('node2', {}, undefined, 'Tunnel')).toBe('2')
  expect(await from('node3', {}, ['c-rack'])).toBe('3')
  expect(await from('node4', {}, ['10.3.0.0/24'])).toBe('3')
  await expect(from('node5', {}, ['a-off'])).rejects.toThrow('the given pool (10.1.0.0/24) does not exist')
  await expect(assignAddress(await storeWith(), wish('node0', 'x'))).rejects.toThrow(
    'cannot find a qualified ippool',
  )
})
