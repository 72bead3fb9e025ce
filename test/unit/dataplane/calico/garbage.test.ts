import { afterEach, expect, test, vi } from 'vitest'
import { assignAddress } from '../../../../src/dataplane/calico/ipam/assign.ts'
import { collectGarbage } from '../../../../src/dataplane/calico/ipam/collect-garbage.ts'
import { releaseHandle } from '../../../../src/dataplane/calico/ipam/release.ts'
import { garbageOf } from '../../../../src/dataplane/calico/ipam/garbage.ts'
import {
  BLOCK_AFFINITIES,
  IP_POOLS,
  IPAM_BLOCKS,
  IPAM_HANDLES,
} from '../../../../src/dataplane/calico/resources.ts'
import type { Pod } from '../../../../src/kube/objects.ts'
import { NODES } from '../../../../src/kube/resources.ts'
import { addNodes, controlPlane, eventually, type ControlPlane } from '../../../helpers/control-plane.ts'
import { MemoryStore, withCalico } from '../../../helpers/memory-store.ts'

let plane: ControlPlane | undefined
afterEach(() => plane?.stop())

async function pooled(cidr = '192.168.0.0/16', blockSize = 26): Promise<MemoryStore> {
  const store = new MemoryStore()
  const metadata = { name: 'default' }
  const spec = { cidr, blockSize }
  await store.create(IP_POOLS, { apiVersion: 'crd.projectcalico.org/v1', kind: 'IPPool', metadata, spec })
  return store
}

/** A pod's address, or a tunnel's. */
const assign = (store: MemoryStore, node: string, pod?: string) =>
  assignAddress(store, {
    node: { name: node, labels: {} },
    handleID: pod ?? `ipip-tunnel-addr-${node}`,
    about: { node, ...(pod ? { namespace: 'default', pod } : { type: 'ipipTunnelAddress' }) },
    use: pod ? 'Workload' : 'Tunnel',
  })

async function garbage(store: MemoryStore, nodes: string[], pods: Record<string, string | undefined>) {
  return garbageOf({
    nodes: new Set(nodes),
    pod: ({ name }) =>
      name in pods ? ({ metadata: { name }, status: { podIP: pods[name] } } as Pod) : undefined,
    blocks: (await store.list(IPAM_BLOCKS)).items,
    affinities: (await store.list(BLOCK_AFFINITIES)).items,
  })
}

test('addresses of pods that are gone, or have another one, are garbage; those of pods without one yet are not', async () => {
  const store = await pooled()
  const [kept, , , tunnel] = [
    await assign(store, 'node0', 'kept'),
    await assign(store, 'node0', 'gone'),
    await assign(store, 'node0', 'again'),
    await assign(store, 'node0'),
  ]
  await assign(store, 'node0', 'new')
  expect(tunnel).toBeDefined()
  const pods = { kept, again: '192.168.135.190', new: undefined }
  expect(await garbage(store, ['node0'], pods)).toMatchObject({ nodes: [], handles: ['gone', 'again'] })
})

test('a node that is gone is garbage as a whole as soon as its pods are gone too', async () => {
  const store = await pooled()
  const here = await assign(store, 'node0', 'here')
  const there = await assign(store, 'node1', 'there')
  await assign(store, 'node1')
  expect(await garbage(store, ['node0'], { here, there })).toEqual({ nodes: [], handles: [], blocks: [] })
  expect(await garbage(store, ['node0'], { here })).toEqual({ nodes: ['node1'], handles: [], blocks: [] })
})

test('an empty block is garbage when its node’s others have room for three; of empty ones, the last stays', async () => {
  const store = await pooled('10.66.0.0/28', 30)
  const needless = async () => (await garbage(store, ['node0'], {})).blocks.map(({ spec }) => spec.cidr)
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await assign(store, 'node0', name)
  const [one, two] = (await store.list(BLOCK_AFFINITIES)).items.map(({ spec }) => spec.cidr).sort()
  for (const name of ['a', 'b', 'c', 'd']) await releaseHandle(store, name)
  expect(await needless()).toEqual([])
  await releaseHandle(store, 'e')
  const empty = (await store.list(IPAM_BLOCKS)).items.find(({ spec }) => spec.attributes.length === 0)
  expect(await needless()).toEqual([empty?.spec.cidr])
  await releaseHandle(store, 'f')
  expect([one, two]).toEqual(expect.arrayContaining(await needless()))
  expect(await needless()).toHaveLength(1)
})

test('what a node had is given back when it is deleted, and leaks are when they have been leaks for long enough', async () => {
  plane = controlPlane({ scheduler: false })
  const { client } = plane
  const store = await pooled()
  await addNodes(client, 'node0', 'node1')
  await assign(store, 'node0', 'leaked')
  await assign(store, 'node1')
  const said: string[] = []
  let graceMs = 60_000
  const onProblem = vi.fn()
  const collector = collectGarbage({
    client: withCalico(client, store),
    graceMs: () => graceMs,
    say: (line) => said.push(line),
    onProblem,
  })
  const cidrs = async () => (await store.list(BLOCK_AFFINITIES)).items.map(({ spec }) => spec.cidr)
  const handles = async () => (await store.list(IPAM_HANDLES)).items.map(({ metadata }) => metadata.name)
  await client.delete(NODES, { name: 'node1' })
  await eventually(cidrs, (seen) => seen.join() === '192.168.135.128/26')
  expect(await handles()).toEqual(['leaked'])
  graceMs = 0
  await addNodes(client, 'node2')
  await eventually(handles, (seen) => seen.length === 0)
  collector.stop()
  expect(said).toEqual([
    'Released all blocks and addresses of node node1, which is gone.',
    'Released 192.168.135.128, leaked by leaked.',
  ])
  expect(onProblem).not.toHaveBeenCalled()
})

test('a block that a node needs no more is given back when it has been empty for long enough, unless that is never', async () => {
  plane = controlPlane({ scheduler: false })
  const { client } = plane
  const store = await pooled('10.66.0.0/28', 30)
  await addNodes(client, 'node0')
  for (const name of ['a', 'b', 'c', 'd', 'e']) await assign(store, 'node0', name)
  for (const name of ['a', 'b', 'c', 'd', 'e']) await releaseHandle(store, name)
  const said: string[] = []
  let graceMs = Infinity
  const onProblem = vi.fn()
  const collector = collectGarbage({
    client: withCalico(client, store),
    graceMs: () => graceMs,
    say: (line) => said.push(line),
    onProblem,
  })
  const cidrs = async () => (await store.list(BLOCK_AFFINITIES)).items.map(({ spec }) => spec.cidr)
  await addNodes(client, 'node1')
  expect(await cidrs()).toHaveLength(2)
  graceMs = 0
  await addNodes(client, 'node2')
  await eventually(cidrs, (seen) => seen.length === 1)
  collector.stop()
  expect((await store.list(IPAM_BLOCKS)).items).toHaveLength(1)
  expect(said).toEqual([
    expect.stringMatching(/^Released block 10\.66\.0\.\d+\/30: it was empty, and node0 has/),
  ])
  expect(onProblem).not.toHaveBeenCalled()
})
