import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import type { LabError } from '../../src/base/errors.ts'
import { dockerUser, sharedDaemon, topologyOf, whyNoDocker } from '../helpers/docker-lab.ts'

beforeEach(({ skip }) => skip(whyNoDocker() !== undefined, whyNoDocker()))

/** Somebody's folder with a footloose.yaml of so many machines, and the network that it names. */
async function folderOf(
  cluster: string,
  count: number,
  subnet: string,
): Promise<{ file: string; folder: string }> {
  const { docker } = sharedDaemon()
  const folder = mkdtempSync(join(tmpdir(), 'knet-footloose-'))
  const file = join(folder, 'footloose.yaml')
  writeFileSync(
    file,
    `cluster: { name: ${cluster}, privateKey: cluster-key }
machines:
- count: ${count}
  spec:
    name: node%d
    image: tiny:1
    networks: [${cluster}-net]
    portMappings: [{ containerPort: 22 }, { containerPort: 80, hostPort: 8080 }]
    volumes: [{ type: volume, destination: /kept }, { type: bind, source: ., destination: /here, readOnly: true }]
`,
  )
  const network = await docker.createNetwork({
    Name: `${cluster}-net`,
    IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] },
  })
  onTestFinished(async () => {
    await network.remove()
    rmSync(folder, { recursive: true })
  })
  return { file, folder }
}

test('machines are what a footloose.yaml says, in the network that it names', async () => {
  const { docker, socket } = sharedDaemon()
  const { file, folder } = await folderOf('talk', 3, '172.28.0.0/24')
  const { driver } = dockerUser(socket, { KNET_FOOTLOOSE: file, KNET_NODE_IMAGE: 'nowhere:1' })
  const { topology, machines } = await driver.up(topologyOf('given', 2), {})
  expect(topology.machines.map(({ address }) => address)).toEqual(['172.28.0.2', '172.28.0.3'])
  expect((await machines[1]!.exec(['ls', '/here'])).stdout).toContain('footloose.yaml\n')
  expect((await machines[1]!.exec(['mkdir', '/here/x'])).exitCode).not.toBe(0)
  expect((await machines[1]!.exec(['ping', '-c', '1', '-W', '2', 'node0'])).exitCode).toBe(0)
  const { Mounts, NetworkSettings } = await docker.getContainer('talk-node1').inspect()
  expect(NetworkSettings.Ports['80/tcp']?.[0]?.HostPort).toBe('8081')
  expect(Mounts.map(({ Type, Destination }) => `${Type} ${Destination}`).sort()).toEqual([
    'bind /here',
    'volume /kept',
  ])
  expect(existsSync(join(folder, 'cluster-key.pub'))).toBe(true)
  await driver.down('given')
  const { Volumes } = await docker.listVolumes()
  expect((Volumes ?? []).length).toBe(0)
  expect((await docker.listNetworks({ filters: { name: ['talk-net'] } })).length).toBe(1)
})

/** A machine as footloose makes one. */
async function madeByFootloose(cluster: string, name: string): Promise<void> {
  const { docker } = sharedDaemon()
  const container = await docker.createContainer({
    name: `${cluster}-${name}`,
    Hostname: name,
    Image: 'tiny:1',
    Cmd: ['/sbin/init'],
    Labels: { 'works.weave.owner': 'footloose', 'works.weave.cluster': cluster },
    HostConfig: { NetworkMode: `${cluster}-net` },
  })
  await container.start()
  onTestFinished(() => container.remove({ force: true, v: true }))
}

test('machines that footloose has made are used, started again where they stopped, and left at the end', async () => {
  const { docker, socket } = sharedDaemon()
  const { file } = await folderOf('theirs', 2, '172.29.0.0/24')
  for (const name of ['node0', 'node1']) await madeByFootloose('theirs', name)
  await docker.getContainer('theirs-node1').stop({ t: 0 })
  const { driver } = dockerUser(socket, { KNET_FOOTLOOSE: file })
  const said: string[] = []
  const files = [{ path: 'root/hello', content: 'hello\n' }]
  const running = await driver.up(topologyOf('adopting', 2), { files, onProgress: (line) => said.push(line) })
  await running.keep()
  expect(said.join()).toContain('are used; stopping the lab leaves them as they are')
  const found = await driver.find('adopting')
  expect(found?.topology.networks[0]).toMatchObject({ subnet: '172.29.0.0/24', gateway: '172.29.0.1' })
  expect((await found!.machines[1]!.exec(['sh', '-c', 'hostname; cat /root/hello'])).stdout).toBe(
    'node1\nhello\n',
  )
  expect(await driver.list()).toEqual(['adopting'])
  await expect(found!.rebuild('node0')).rejects.toMatchObject({
    code: 'KNET_REBUILD_FAILED',
  } satisfies Partial<LabError>)
  expect(await driver.down('adopting')).toBe(true)
  expect(await driver.list()).toEqual([])
  expect((await docker.getContainer('theirs-node0').inspect()).State.Running).toBe(true)
})

test('a lab whose machines footloose has made in part is not started', async () => {
  const { file } = await folderOf('part', 2, '172.30.0.0/24')
  await madeByFootloose('part', 'node0')
  const { driver } = dockerUser(sharedDaemon().socket, { KNET_FOOTLOOSE: file })
  await expect(driver.up(topologyOf('parts', 2), {})).rejects.toThrow('footloose has made only node0')
  expect(await driver.list()).toEqual([])
})
