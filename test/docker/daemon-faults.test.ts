import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { LabError } from '../../src/base/errors.ts'
import { dockerUser, topologyOf, whyNoDocker } from '../helpers/docker-lab.ts'
import { TestDockerd, tinyImage } from '../helpers/dockerd.ts'

/** A daemon of its own, as it is killed again and again. */
let dockerd: TestDockerd

beforeAll(async () => {
  if (whyNoDocker() !== undefined) return
  dockerd = new TestDockerd()
  await dockerd.start()
  await dockerd.import(tinyImage(dockerd.folder), 'tiny:1')
})
afterAll(async () => dockerd?.leave())
beforeEach(({ skip }) => skip(whyNoDocker() !== undefined, whyNoDocker()))

test('after a crash of the daemon a lab is started again as it was: files, names, addresses; and halted, and started once more', async () => {
  const { driver } = dockerUser(dockerd.socket)
  const running = await driver.up(topologyOf('crash', 2), {})
  await running.keep()
  await running.machines[1]!.exec(['sh', '-c', 'echo kept >/root/kept'])
  const ended = running.ended(new AbortController().signal)
  await dockerd.crash()
  await ended
  await expect(driver.find('crash')).rejects.toMatchObject({
    code: 'KNET_DOCKER',
  } satisfies Partial<LabError>)
  expect(await driver.list()).toEqual(['crash'])
  await dockerd.start()
  expect(await driver.find('crash')).toBeUndefined()
  const again = await driver.up(topologyOf('crash', 2), {})
  await again.keep()
  expect((await again.machines[1]!.exec(['cat', '/root/kept'])).stdout).toBe('kept\n')
  const { stdout } = await again.machines[1]!.exec(['ip', '-4', 'addr', 'show', 'eth0'])
  expect(stdout).toContain(' 172.19.0.3/24')
  expect('halt' in running).toBe(false)
  await again.halt?.()
  expect(await driver.find('crash')).toBeUndefined()
  const oncemore = await driver.up(topologyOf('crash', 2), {})
  expect((await oncemore.machines[1]!.exec(['cat', '/root/kept'])).stdout).toBe('kept\n')
  await driver.down('crash')
  expect(await dockerd.everything()).toEqual([])
})

test.each(['Docker answers', 'network', 'machine'])(
  'a daemon that crashes after "%s" fails the start in words, and what it left goes with stop',
  async (last) => {
    const { driver } = dockerUser(dockerd.socket)
    let crashed: Promise<void> | undefined
    const coming = driver.up(topologyOf('midway', 3), {
      onPhase: ({ name }) => {
        if (name === last) crashed ??= dockerd.crash()
      },
    })
    await expect(coming).rejects.toMatchObject({ code: 'KNET_DOCKER' } satisfies Partial<LabError>)
    await crashed
    expect(await driver.list()).toEqual(['midway'])
    await dockerd.start()
    await driver.down('midway')
    expect(await dockerd.everything()).toEqual([])
    expect(await driver.list()).toEqual([])
  },
)
