import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { author } from '../helpers/author.ts'
import { eventually } from '../helpers/cli.ts'

const stranger = author((yaml) =>
  yaml
    .replace('cluster: none', 'cluster: calico')
    .replace(/machines: .*/, 'machines: { node0: 172.19.0.2, node1: 172.19.0.3, node2: 172.19.0.4 }'),
)
beforeAll(async () => {
  expect(await stranger.run(['start', 'containers'])).toMatchObject({ code: 0 })
})
afterAll(() => stranger.leave())

const onNode = async (...words: string[]) => {
  const { code, stdout, stderr } = await stranger.run(['exec', 'node1', '--', 'calicoctl', ...words])
  return { code, said: stdout + stderr }
}

test('nodes have a calicoctl that finds the cluster by itself', async () => {
  const { said } = await onNode('get', 'nodes', '-o', 'wide')
  expect(said).toBe(
    ['NAME    ASN       IPV4            IPV6   ', '']
      .join('\n')
      .concat(
        [2, 3, 4].map((octet) => `node${octet - 2}   (64512)   172.19.0.${octet}/24          \n`).join(''),
        '\n',
      ),
  )
  expect((await onNode('version')).said).toMatch(/stand-in of knet-labs|^Client Version: +v\d/)
})

test('it shows the sessions of the node’s BIRD, and whose the blocks are', async () => {
  const status = await eventually(
    'sessions with both other nodes',
    async () => (await onNode('node', 'status')).said,
    (said) => said.split('Established').length === 3,
  )
  expect(status).toContain('| 172.19.0.2   | node-to-node mesh | up    |')
  expect((await onNode('ipam', 'show', '--show-blocks')).said).toContain('| Block    | 192.168.166.128/26 |')
  expect((await onNode('ipam', 'check')).said).toContain('Check complete; found 0 problems.')
})

test('the API server keeps what it makes, and BIRD goes by it', async () => {
  const peer =
    'apiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata: {name: fabric}\nspec: {peerIP: 172.19.0.1, asNumber: 65001}\n'
  const apply = ['exec', 'node1', '--', 'calicoctl', 'apply', '-f', '-']
  const { stdout } = await stranger.run(apply, { input: peer })
  expect(stdout).toBe("Successfully applied 1 'BGPPeer' resource(s)\n")
  const status = await eventually(
    'a global peer',
    async () => (await onNode('node', 'status')).said,
    (said) => said.includes('| 172.19.0.1   | global '),
  )
  expect(status).toMatch(/172\.19\.0\.1 +\| global +\| start/)
  expect(await onNode('delete', 'bgppeer', 'fabric')).toMatchObject({ code: 0 })
})

test('on the host it speaks to the lab’s cluster, whatever /etc or the environment says of others', async () => {
  const file = join(stranger.home, 'pool.yaml')
  writeFileSync(
    file,
    'apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {name: more}\nspec: {cidr: 10.77.0.0/24}\n',
  )
  const env = { KUBECONFIG: '/nonexistent', DATASTORE_TYPE: 'etcdv3' }
  const host = (...words: string[]) => stranger.run(['calicoctl', ...words], { env })
  expect(await host('create', '-f', file)).toMatchObject({ code: 0 })
  expect((await host('get', 'ippool')).stdout).toContain(
    'more                  10.77.0.0/24     all()      \n',
  )
  expect(await host('get', 'ippool', 'nosuch')).toMatchObject({ code: 1 })
  expect(await host('delete', 'ippool', 'more')).toMatchObject({ code: 0 })
})
