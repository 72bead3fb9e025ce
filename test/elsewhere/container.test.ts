import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { findProgram } from '../../src/machine/packages.ts'
import type { Proof } from '../../src/session/proof.ts'
import { finished, Stranger } from '../helpers/cli.ts'
import { sharedDaemon, whyNoDocker } from '../helpers/docker-lab.ts'
import { nodeImageMissing } from '../helpers/node-image.ts'
import { builtSandboxImage } from '../helpers/sandbox-image.ts'

const MINUTE = 60_000
const noKubectl = findProgram('kubectl', process.env['PATH'] ?? '') ? undefined : 'not installed: kubectl'
const why = whyNoDocker() ?? nodeImageMissing() ?? noKubectl
const START = ['start', 'flannel', '--driver', 'container']
const folder = mkdtempSync(join(tmpdir(), 'knet-container-'))

beforeAll(async () => {
  if (why === undefined) await builtSandboxImage(folder)
}, 10 * MINUTE)
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(({ skip }) => skip(why !== undefined, why))

function strangerWithDocker(env: NodeJS.ProcessEnv = {}): Stranger {
  const stranger = new Stranger({ DOCKER_HOST: `unix://${sharedDaemon().socket}`, ...env })
  onTestFinished(() => stranger.leave())
  return stranger
}

const containers = async (): Promise<string[]> => {
  const listed = await sharedDaemon().docker.listContainers({
    all: true,
    filters: { name: ['^/knet-labs-'] },
  })
  return listed.map(({ Id }) => Id)
}

test('a lab in the container is started once with --driver; every other command goes on inside, and stop leaves nothing', async () => {
  const stranger = strangerWithDocker()
  const started = await stranger.run([...START, '--json'])
  expect(JSON.parse(started.stdout || '{}'), started.stderr).toMatchObject({
    lab: 'flannel',
    attached: false,
  })
  expect(
    await stranger.run(['exec', 'node0', '--', 'sh', '-c', 'cat; exit 9'], { input: '\0é\n' }),
  ).toMatchObject({ code: 9, stdout: '\0é\n' })
  expect((await stranger.run(['check'])).code).toBe(1)
  expect((await stranger.run(['solve'])).code).toBe(0)
  expect((await stranger.run(['check'])).code).toBe(0)
  expect((await stranger.run(['status'])).stdout).toContain('flannel runs in the container.')
  const { labs } = await stranger.json<{ labs: { id: string; done: number; running: boolean }[] }>(['list'])
  expect(labs.find(({ id }) => id === 'flannel')).toMatchObject({
    running: true,
    done: 1,
    where: 'container',
  })
  expect(await stranger.json(['stop'])).toEqual({ stopped: ['flannel'] })
  expect(await containers()).toEqual([])
  expect(existsSync(join(stranger.lab('flannel'), 'run'))).toBe(false)
})

/** What a process on another platform sees of it, as far as that can be had here: paths are Linux's. */
function strangerOn(platform: NodeJS.Platform): Stranger {
  const bin = mkdtempSync(join(folder, 'bin-'))
  const pretence = join(bin, 'platform.mjs')
  writeFileSync(pretence, `Object.defineProperty(process, 'platform', { value: '${platform}' })`)
  symlinkSync(findProgram('docker', process.env['PATH'] ?? '') ?? 'docker', join(bin, 'docker.exe'))
  return strangerWithDocker({
    PATH: `${process.env['PATH']}:${bin}`,
    NODE_OPTIONS: `--import=${pretence}`,
  })
}

test.each(['darwin', 'win32'] as const)(
  'on %s, which is no Linux, labs are in the container when nobody says where',
  async (platform) => {
    const stranger = strangerOn(platform)
    const { default: chosen, drivers } = await stranger.json<{
      default: { name: string }
      drivers: { name: string; lacks: { name: string }[] }[]
    }>(['doctor'])
    expect(chosen.name).toBe('container')
    expect(drivers.find(({ name }) => name === 'sandbox')?.lacks).toMatchObject([{ name: 'Linux' }])
    const started = await stranger.run(['start', 'flannel', '--detach'])
    expect([started.code, (await containers()).length], started.stderr).toEqual([0, 1])
    expect((await stranger.run(['exec', 'node1', '--', 'hostname'])).stdout).toBe('node1\n')
    expect((await stranger.run(['stop'])).code).toBe(0)
    expect(await containers()).toEqual([])
  },
)

test('the container has three capabilities more than Docker’s own, and no --privileged', async () => {
  const stranger = strangerWithDocker()
  expect((await stranger.run([...START, '--detach'])).code).toBe(0)
  const [id = ''] = await containers()
  const { HostConfig } = await sharedDaemon().docker.getContainer(id).inspect()
  const added = HostConfig.CapAdd as string[]
  expect(HostConfig.Privileged).toBe(false)
  expect(added.map((name) => name.replace(/^CAP_/, '')).sort()).toEqual([
    'NET_ADMIN',
    'SYS_ADMIN',
    'SYS_PTRACE',
  ])
  expect((await stranger.run(['reset', '--vm'])).code).toBe(0)
  expect(await containers()).not.toEqual([id])
  expect((await stranger.run(['exec', 'node2', '--', 'hostname'])).stdout).toBe('node2\n')
})

test('a container that is gone is told of, and made again by resume', async () => {
  const stranger = strangerWithDocker()
  await stranger.run([...START, '--detach'])
  const [id = ''] = await containers()
  await sharedDaemon().docker.getContainer(id).remove({ force: true })
  const { code, stderr } = await stranger.run(['exec', 'node0', '--', 'true'])
  expect([code, stderr]).toEqual([2, expect.stringContaining('knet-labs resume flannel')])
  expect((await stranger.run(['resume', 'flannel', '--detach'])).code).toBe(0)
  expect((await stranger.run(['exec', 'node0', '--', 'true'])).code).toBe(0)
})

test('a start that is killed leaves nothing that stop does not remove', async () => {
  const stranger = strangerWithDocker()
  const child = stranger.spawn(START)
  const ended = finished(child)
  await new Promise<void>((resolve) => child.stderr?.once('data', () => resolve()))
  child.kill('SIGKILL')
  expect((await ended).code).toBe(137)
  expect((await stranger.run(['stop', '--all'])).code).toBe(0)
  expect(await containers()).toEqual([])
  expect(existsSync(join(stranger.lab('flannel'), 'run'))).toBe(false)
})

test('without its image, or without a daemon, nothing is begun and the reason told', async () => {
  const noImage = strangerWithDocker({ KNET_SANDBOX_IMAGE: 'localhost:1/nothing:1' })
  expect(JSON.parse((await noImage.run([...START, '--json'])).stdout)).toMatchObject({
    error: { code: 'KNET_DOCKER' },
  })
  expect(existsSync(join(noImage.lab('flannel'), 'run'))).toBe(false)
  const noDaemon = strangerWithDocker({ DOCKER_HOST: 'unix:///nowhere' })
  const { code, stdout } = await noDaemon.run([...START, '--json'])
  expect([code, JSON.parse(stdout)]).toMatchObject([69, { error: { code: 'KNET_PREREQUISITES' } }])
})

test(
  'Calico proves itself in it, step by step',
  async () => {
    const stranger = strangerWithDocker()
    const { stdout, stderr } = await stranger.run(['test', 'calico', '--driver', 'container', '--json'], {
      timeoutMs: 9 * MINUTE,
    })
    const { proofs } = JSON.parse(stdout || '{"proofs":[]}') as { proofs: Proof[] }
    const claims = proofs.flatMap((proof) => proof.claims)
    expect(claims.length).toBeGreaterThan(0)
    expect(
      claims.filter(({ holds }) => !holds),
      stderr,
    ).toEqual([])
  },
  10 * MINUTE,
)
