import { beforeEach, expect, test } from 'vitest'
import type { LabError } from '../../src/base/errors.ts'
import { dockerUser, sharedDaemon, topologyOf, whyNoDocker } from '../helpers/docker-lab.ts'

beforeEach(({ skip }) => skip(whyNoDocker() !== undefined, whyNoDocker()))

const failing = (code: string) => ({ code }) satisfies Partial<LabError>

test('a lab is found by whoever shares the state folder, and ended without a trace', async () => {
  const { docker, socket } = sharedDaemon()
  const { driver } = dockerUser(socket)
  const running = await driver.up(topologyOf('found', 2), {})
  expect(await driver.find('found')).toBeUndefined()
  await running.keep()
  expect((await driver.find('found'))?.topology).toEqual(topologyOf('found', 2))
  expect(await driver.list()).toEqual(['found'])
  const left = new AbortController()
  const ended = (await driver.find('found'))!.ended(left.signal)
  expect(await driver.down('found')).toBe(true)
  await ended
  expect(await driver.list()).toEqual([])
  expect(await driver.down('found')).toBe(false)
  expect(await docker.listContainers({ all: true, filters: { label: ['io.knet-labs.lab=found'] } })).toEqual(
    [],
  )
})

test('a range of addresses that is taken gives way to a free one, which is said', async () => {
  const { docker, socket } = sharedDaemon()
  const { driver } = dockerUser(socket)
  const other = await docker.createNetwork({
    Name: 'other',
    IPAM: { Driver: 'default', Config: [{ Subnet: '172.19.0.0/16' }] },
  })
  try {
    const said: string[] = []
    const { topology, machines } = await driver.up(topologyOf('moved', 1), {
      onProgress: (line) => said.push(line),
    })
    expect(topology.networks[0]?.subnet).toMatch(/^172\.(?!17|19)\d+\.0\.0\/24$/)
    expect(said.join()).toContain(
      `172.19.0.0/24 is taken by another network; this lab is in ${topology.networks[0]?.subnet}`,
    )
    const { stdout } = await machines[0]!.exec(['ip', '-4', 'addr', 'show', 'eth0'])
    expect(stdout).toContain(` ${topology.machines[0]?.address}/24`)
  } finally {
    await driver.down('moved')
    await other.remove()
  }
})

test('two users of one daemon have the same lab, and neither ends the other’s', async () => {
  const { socket } = sharedDaemon()
  const [one, two] = [dockerUser(socket), dockerUser(socket)]
  await (await one.driver.up(topologyOf('same', 1), {})).keep()
  const second = await two.driver.up(topologyOf('same', 1), {})
  await second.keep()
  expect(await two.driver.down('same')).toBe(true)
  expect((await (await one.driver.find('same'))?.machines[0]?.exec(['hostname']))?.stdout).toBe('node0\n')
})

test('an image that is nowhere is said to be, and nothing is left', async () => {
  const { docker, socket } = sharedDaemon()
  const { driver } = dockerUser(socket, { KNET_NODE_IMAGE: 'localhost:1/no/such:image' })
  await expect(driver.up(topologyOf('imageless', 1), {})).rejects.toMatchObject(failing('KNET_IMAGE'))
  expect(await driver.list()).toEqual([])
  expect(await docker.listNetworks({ filters: { label: ['io.knet-labs.lab=imageless'] } })).toEqual([])
})

test('an image without an init makes no machine, and nothing is left', async () => {
  const { docker, socket } = sharedDaemon()
  const bad = await docker.createContainer({ Image: 'tiny:1', Cmd: ['rm', '/sbin/init'] })
  await bad.start()
  await bad.wait()
  await bad.commit({ repo: 'noinit', tag: '1' })
  await bad.remove()
  const { driver } = dockerUser(socket, { KNET_NODE_IMAGE: 'noinit:1' })
  await expect(driver.up(topologyOf('noinit', 1), {})).rejects.toMatchObject(failing('KNET_MACHINE_GONE'))
  expect(await driver.list()).toEqual([])
})

test('a start that is aborted leaves nothing', async () => {
  const { docker, socket } = sharedDaemon()
  const { driver } = dockerUser(socket)
  const abort = new AbortController()
  const coming = driver.up(topologyOf('aborted', 3), {
    signal: abort.signal,
    onPhase: ({ name }) => name === 'network' && abort.abort(new Error('enough')),
  })
  await expect(coming).rejects.toThrow('enough')
  expect(
    await docker.listContainers({ all: true, filters: { label: ['io.knet-labs.lab=aborted'] } }),
  ).toEqual([])
  expect(await docker.listNetworks({ filters: { label: ['io.knet-labs.lab=aborted'] } })).toEqual([])
})

test('what containers can’t be yet is refused in words', async () => {
  const { driver } = dockerUser(sharedDaemon().socket)
  const companion = { argv: ['node'], machine: 'node0', inherit: [], logFile: '/dev/null' }
  await expect(driver.up(topologyOf('cluster', 1), { companion })).rejects.toMatchObject(
    failing('KNET_DRIVER'),
  )
})

test('a user may have no daemon, and is told where it was looked for', async () => {
  const { driver } = dockerUser('/nowhere/docker.sock')
  await expect(driver.up(topologyOf('daemonless', 1), {})).rejects.toMatchObject(failing('KNET_DOCKER'))
  const [finding] = await driver.probe('start')
  expect(finding).toMatchObject({ name: 'docker', ok: false, required: true })
  expect(finding?.seen).toContain('unix:///nowhere/docker.sock (DOCKER_HOST)')
  expect(finding?.fix).toBeTruthy()
})
