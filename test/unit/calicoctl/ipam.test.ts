import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { BLOCK_AFFINITIES, IPAM_BLOCKS, IPAM_HANDLES } from '../../../src/dataplane/calico/resources.ts'
import { PODS } from '../../../src/kube/resources.ts'
import { goldenCluster, type CalicoCluster } from '../../helpers/calico-cluster.ts'

const GOLDEN = resolve(import.meta.dirname, '../../golden/calicoctl/ipam')

let cluster: CalicoCluster
beforeAll(async () => {
  cluster = await goldenCluster()
})

function recorded(file: string): { argv: string[]; said: string } {
  const [typed = '', ...lines] = readFileSync(resolve(GOLDEN, file), 'utf8').split('\n')
  return { argv: typed.split(' ').slice(2), said: lines.join('\n').replace(/\[exit 0\]\n?$/, '') }
}

/** k3s lists blocks and pods in the order in which they were made; we do by name. */
const sorted = (text: string) => text.split('\n').toSorted()

test.each(['show.txt', 'show-blocks.txt', 'show-borrowed.txt', 'show-configuration.txt', 'show-ip.txt'])(
  '%s is what the real one shows',
  async (file) => {
    const { argv, said } = recorded(file)
    expect(sorted((await cluster.calicoctl(...argv)).stdout)).toEqual(sorted(said))
  },
)

test.each(['check.txt', 'check-all.txt'])('%s is what the real one finds', async (file) => {
  const { argv, said } = recorded(file)
  expect(sorted((await cluster.calicoctl(...argv)).stdout)).toEqual(sorted(said))
})

test('an address whose pod is gone is leaked, until it is released: out of its block, and of its handle', async () => {
  const { client, calicoctl } = await goldenCluster()
  await client.delete(PODS, { namespace: 'demo', name: 'web-0' }, { gracePeriodSeconds: 0 })
  const before = await calicoctl('ipam', 'check', '--show-problem-ips')
  expect(before.stdout).toContain('  192.168.166.129 leaked; attrs Main:k8s-pod-network.aec495')
  expect(before.stdout).toContain('Check complete; found 1 problems.')
  const released = await calicoctl('ipam', 'release', '--ip=192.168.166.129')
  expect(released).toMatchObject({ code: 0, stdout: 'Successfully released IP address 192.168.166.129\n' })
  expect((await calicoctl('ipam', 'check')).stdout).toContain('Check complete; found 0 problems.')
  const block = await client.get(IPAM_BLOCKS, { name: '192-168-166-128-26' })
  expect(block?.spec.allocations.slice(0, 3)).toEqual([0, null, 1])
  expect(block?.spec.unallocated.at(-1)).toBe(1)
  const { items } = await client.list(IPAM_HANDLES)
  expect(items.some(({ metadata }) => metadata.name.includes('aec495e18bd8'))).toBe(false)
})

test('a pool that goes takes its blocks from the nodes: those in use are nobody’s then', async () => {
  const { client, calicoctl } = await goldenCluster()
  expect(await calicoctl('delete', 'ippool', 'default-ipv4-ippool')).toMatchObject({ code: 0 })
  expect((await client.list(BLOCK_AFFINITIES)).items).toEqual([])
  const { items } = await client.list(IPAM_BLOCKS)
  expect(items.map(({ spec }) => spec.affinity)).toEqual([undefined, undefined, undefined])
})

test('addresses of other nodes’ blocks are borrowed', async () => {
  const { client, calicoctl } = await goldenCluster()
  const block = await client.get(IPAM_BLOCKS, { name: '192-168-104-0-26' })
  if (!block) throw new Error('no block')
  await client.update(IPAM_BLOCKS, { ...block, spec: { ...block.spec, affinity: 'host:node9' } })
  const { stdout } = await calicoctl('ipam', 'show', '--show-borrowed')
  expect(stdout).toContain(
    '| 192.168.104.0 | node2          | 192.168.104.0/26 | node9       | pod  | demo/web-1    |',
  )
})
