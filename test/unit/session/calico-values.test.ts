import { expect, test } from 'vitest'
import { kubeCheck } from '../../../src/session/checks/kube.ts'
import { fillText } from '../../../src/session/values.ts'
import { World } from '../../../src/session/world.ts'
import { apiClient } from '../../helpers/api-client.ts'
import { goldenCluster } from '../../helpers/calico-cluster.ts'
import { labPorts } from '../../helpers/lab-ports.ts'

const golden = async () => new World(labPorts([], (await goldenCluster()).client))

/** A second block of node0, and one that node1 is about to give back. */
async function withMoreBlocks(): Promise<World> {
  const { client } = await goldenCluster()
  const type = {
    group: 'crd.projectcalico.org',
    version: 'v1',
    plural: 'blockaffinities',
    kind: 'BlockAffinity',
    namespaced: false,
  }
  const made = [
    { name: 'node0-192-168-9-0-26', spec: { cidr: '192.168.9.0/26', node: 'node0', deleted: 'false' } },
    { name: 'node1-192-168-8-0-26', spec: { cidr: '192.168.8.0/26', node: 'node1', deleted: 'true' } },
  ]
  for (const { name, spec } of made) {
    const object = { apiVersion: 'crd.projectcalico.org/v1', kind: 'BlockAffinity', metadata: { name } }
    await client.create(type, { ...object, spec: { state: 'confirmed', ...spec } } as typeof object)
  }
  return new World(labPorts([], client))
}

test('a check reads kinds that the cluster defines itself, by plural or kind', async () => {
  const wanted = { kind: 'kube', name: 'default-ipv4-ippool', path: 'spec.cidr' } as const
  for (const resource of ['ippools', 'IPPool']) {
    expect(await kubeCheck({ ...wanted, resource, equals: '192.168.0.0/16' }, await golden())).toMatchObject({
      ok: true,
      seen: '192.168.0.0/16',
    })
  }
})

test('a kind that no add-on has brought yet is a no', async () => {
  const nothing = new World(labPorts([], apiClient()))
  expect(await kubeCheck({ kind: 'kube', resource: 'blockaffinities' }, nothing)).toEqual({
    ok: false,
    seen: 'no such kind',
    why: 'This cluster knows no blockaffinities yet.',
  })
})

test('a node has the blocks that it hands out addresses of', async () => {
  const world = await golden()
  expect((await fillText(world, '{{ node.node1.blocks }}')).text).toBe('192.168.166.128/26')
  expect((await fillText(world, '{{ node.node1.blocks[0] | host }}')).text).toBe('192.168.166.128')
  expect((await fillText(world, '{{ node.node1.blocks[1] }}')).missing).toEqual(['node.node1.blocks[1]'])
})

test('blocks are told in the order in which a node took them, without those it gives back', async () => {
  const world = await withMoreBlocks()
  expect((await fillText(world, '{{ node.node0.blocks | words }}')).text).toBe(
    '192.168.135.128/26 192.168.9.0/26',
  )
  expect((await fillText(world, '{{ node.node1.blocks[-1] }}')).text).toBe('192.168.166.128/26')
})
