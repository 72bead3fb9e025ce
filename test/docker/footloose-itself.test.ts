import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { hostExec } from '../../src/machine/host.ts'
import { findProgram } from '../../src/machine/packages.ts'
import { dockerUser, sharedDaemon, topologyOf, whyNoDocker } from '../helpers/docker-lab.ts'
import { importTar } from '../helpers/dockerd.ts'
import { builtNodeImage, nodeImageMissing } from '../helpers/node-image.ts'

/** The real one, for whoever has it. */
const FOOTLOOSE = process.env['KNET_FOOTLOOSE_BIN'] ?? ''

const why =
  FOOTLOOSE === ''
    ? 'KNET_FOOTLOOSE_BIN names no footloose (go build of github.com/weaveworks/footloose)'
    : (whyNoDocker() ?? nodeImageMissing())

let image = ''

beforeAll(async () => {
  if (why !== undefined) return
  const built = await builtNodeImage()
  image = built.name
  await importTar(sharedDaemon().docker, built.tar, image)
}, 900_000)
/** Each of footloose's commands runs Docker's own many times. */
vi.setConfig({ testTimeout: 240_000 })

beforeEach(({ skip }) => skip(why !== undefined, why))

/** A docker for footloose: what it runs in machines is privileged, which a daemon may have no right to give. */
function unprivilegedDocker(): string {
  const folder = mkdtempSync(join(tmpdir(), 'knet-docker-cli-'))
  const docker = findProgram('docker', process.env['PATH'] ?? '') ?? 'docker'
  const script = `#!/bin/bash
for word; do [ "$word" = --privileged ] || words+=("$word"); done
exec ${docker} "\${words[@]}"
`
  writeFileSync(join(folder, 'docker'), script, { mode: 0o755 })
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** Runs footloose where the daemon is: the ports that it publishes are there. */
async function footloose(config: string, ...words: string[]): Promise<{ code: number; said: string }> {
  const { pid, socket } = sharedDaemon()
  const PATH = `${unprivilegedDocker()}:${process.env['PATH']}`
  const env = { DOCKER_HOST: `unix://${socket}`, DOCKER_CONTEXT: '', PATH }
  const { exitCode, stdout, stderr } = await hostExec(
    ['nsenter', `--net=/proc/${pid}/ns/net`, FOOTLOOSE, ...words, '--config', config],
    { env, timeoutMs: 60_000 },
  )
  return { code: exitCode, said: stdout + stderr }
}

test('footloose shows, enters and deletes machines of ours', async () => {
  const { driver, paths } = dockerUser(sharedDaemon().socket, { KNET_NODE_IMAGE: '' })
  const running = await driver.up(topologyOf('ours', 2), {})
  await running.keep()
  const config = join(paths.run('ours'), 'footloose.yaml')
  const shown = await footloose(config, 'show')
  expect(shown.said).toMatch(/ours-node0\s+node0\s.*\{22 \d+\}.*Running/)
  expect(shown.said).toMatch(/ours-node1\s+node1\s.*Running/)
  await expect
    .poll(async () => (await footloose(config, 'ssh', 'root@node1', 'hostname')).said, { timeout: 20_000 })
    .toBe('node1\n')
  expect((await footloose(config, 'stop', 'ours-node0')).code).toBe(0)
  expect((await footloose(config, 'show')).said).toMatch(/ours-node0.*Stopped/)
  expect((await footloose(config, 'start', 'ours-node0')).code).toBe(0)
  expect((await footloose(config, 'delete')).code).toBe(0)
  expect(await sharedDaemon().docker.listContainers({ all: true, filters: { name: ['ours-'] } })).toEqual([])
  expect(await driver.down('ours')).toBe(true)
})

test('machines that footloose created are found and used, and footloose deletes them still', async () => {
  const { docker, socket } = sharedDaemon()
  const network = await docker.createNetwork({
    Name: 'footloose-cluster',
    IPAM: { Driver: 'default', Config: [{ Subnet: '172.27.0.0/24' }] },
  })
  const folder = mkdtempSync(join(tmpdir(), 'knet-footloose-'))
  onTestFinished(async () => {
    await network.remove()
    rmSync(folder, { recursive: true })
  })
  const config = join(folder, 'footloose.yaml')
  // Not privileged, as not every daemon may be; a machine that only waits, as init of such a one does not everywhere begin.
  writeFileSync(
    config,
    `cluster: { name: cluster, privateKey: ${join(folder, 'cluster-key')} }
machines:
- count: 3
  spec: { name: node%d, image: ${JSON.stringify(image)}, networks: [footloose-cluster], portMappings: [{ containerPort: 22 }], cmd: /bin/bash }
`,
  )
  const created = await footloose(config, 'create')
  expect(created.code, created.said).toBe(0)
  const { driver } = dockerUser(socket, { KNET_FOOTLOOSE: config })
  const running = await driver.up(topologyOf('found', 3), {})
  await running.keep()
  expect(running.topology.machines.map(({ address }) => address)).toEqual([
    '172.27.0.2',
    '172.27.0.3',
    '172.27.0.4',
  ])
  const found = await driver.find('found')
  expect((await found!.machines[2]!.exec(['hostname'])).stdout).toBe('node2\n')
  expect((await footloose(config, 'stop')).code).toBe(0)
  expect(await driver.find('found')).toBeUndefined()
  await driver.up(topologyOf('found', 3), {})
  expect((await found!.machines[0]!.exec(['hostname'])).stdout).toBe('node0\n')
  await driver.down('found')
  expect((await footloose(config, 'show')).said).toMatch(/cluster-node2\s+node2\s.*Running/)
  expect((await footloose(config, 'delete')).code).toBe(0)
})
