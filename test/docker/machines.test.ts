import { text } from 'node:stream/consumers'
import { beforeEach, expect, test } from 'vitest'
import type { LabError } from '../../src/base/errors.ts'
import type { Machine } from '../../src/machine/machine.ts'
import { dockerUser, sharedDaemon, topologyOf, whyNoDocker } from '../helpers/docker-lab.ts'

beforeEach(({ skip }) => skip(whyNoDocker() !== undefined, whyNoDocker()))

async function oneMachine(name: string): Promise<Machine> {
  const { driver } = dockerUser(sharedDaemon().socket)
  const { machines } = await driver.up(topologyOf(name, 1), {})
  return machines[0]!
}

test('machines know each other by name, at the addresses of their lab', async () => {
  const { driver } = dockerUser(sharedDaemon().socket)
  const { machines } = await driver.up(topologyOf('three', 3), {})
  for (const [n, machine] of machines.entries()) {
    expect((await machine.exec(['hostname'])).stdout).toBe(`node${n}\n`)
    expect((await machine.exec(['ip', '-4', 'addr', 'show', 'eth0'])).stdout).toContain(
      `172.19.0.${n + 2}/24`,
    )
  }
  const ping = await machines[0]!.exec(['ping', '-c', '1', '-W', '2', 'node2'])
  expect(ping.stdout).toContain('172.19.0.4')
  expect(ping.exitCode).toBe(0)
})

test('a command has its own output, errors, input, folder, environment and exit code', async () => {
  const machine = await oneMachine('exec')
  const run = (script: string, options = {}) => machine.exec(['sh', '-c', script], options)
  expect(await run('echo out; echo err >&2; exit 7')).toMatchObject({
    stdout: 'out\n',
    stderr: 'err\n',
    exitCode: 7,
  })
  expect((await run('cat', { stdin: 'x'.repeat(300_000) })).stdout).toHaveLength(300_000)
  expect((await run('cat')).stdout).toBe('')
  expect((await run('pwd', { cwd: '/tmp' })).stdout).toBe('/tmp\n')
  expect((await run('echo "$WORD"', { env: { WORD: 'it’s "quoted"' } })).stdout).toBe('it’s "quoted"\n')
  expect((await run('kill -9 $$')).exitCode).toBe(137)
  expect((await machine.exec(['no-such-program'])).exitCode).toBe(127)
  expect((await machine.exec(['echo', 'a b', '$c'])).argv).toEqual(['echo', 'a b', '$c'])
})

test('a command that takes too long is ended, with all that it started', async () => {
  const machine = await oneMachine('late')
  const { exitCode, stdout } = await machine.exec(['sh', '-c', 'echo begun; sleep 1000 | cat'], {
    timeoutMs: 1000,
  })
  expect({ exitCode, stdout }).toEqual({ exitCode: 124, stdout: 'begun\n' })
  const abort = new AbortController()
  const aborted = machine.exec(['sleep', '1000'], { signal: abort.signal })
  setTimeout(() => abort.abort(new Error('enough')), 500)
  await expect(aborted).rejects.toThrow('enough')
  await expect
    .poll(async () => (await machine.exec(['ps'])).stdout, { timeout: 5000 })
    .not.toContain('sleep 1000')
})

test('a command that is spawned talks while it runs, and can be signalled', async () => {
  const machine = await oneMachine('spawn')
  const cat = machine.spawn(['cat'])
  cat.stdin.write('one\n')
  expect(String(await new Promise((resolve) => cat.stdout.once('data', resolve)))).toBe('one\n')
  cat.stdin.end('two\n')
  expect(await text(cat.stdout)).toBe('two\n')
  expect(await cat.exited).toBe(0)
  const trapped = machine.spawn([
    'sh',
    '-c',
    'trap "echo got it; exit 3" INT; echo ready; while :; do sleep 0.1; done',
  ])
  trapped.stdout.once('data', () => trapped.kill('SIGINT'))
  expect(await trapped.exited).toBe(3)
  const flood = machine.spawn(['sh', '-c', 'seq 1 200000'])
  expect((await text(flood.stdout)).length).toBe(1_288_895)
})

test('files of a lab are on each machine, also after it was made anew, and nothing else is then', async () => {
  const { driver } = dockerUser(sharedDaemon().socket)
  const files = [
    { path: 'root/hello.yaml', content: 'kind: Hello\n' },
    { path: 'usr/local/bin/greet', content: '#!/bin/sh\necho greetings\n', executable: true },
  ]
  const running = await driver.up(topologyOf('files', 1), { files })
  await running.keep()
  const [machine] = running.machines
  expect((await machine!.exec(['cat', '/root/hello.yaml'])).stdout).toBe('kind: Hello\n')
  expect((await machine!.exec(['/usr/local/bin/greet'])).stdout).toBe('greetings\n')
  await machine!.exec(['sh', '-c', 'echo mine >/root/mine; rm /root/hello.yaml'])
  await running.rebuild('node0')
  expect((await machine!.exec(['ls', '/root'])).stdout).toBe('hello.yaml\n')
  expect((await machine!.exec(['ip', '-4', 'addr', 'show', 'eth0'])).stdout).toContain('172.19.0.2/24')
})

test('containers are what footloose expects, and footloose.yaml says so', async () => {
  const { docker, socket } = sharedDaemon()
  const { driver, paths } = dockerUser(socket)
  await driver.up(topologyOf('shape', 2), {})
  const { Config, Name, NetworkSettings, HostConfig } = await docker.getContainer('shape-node1').inspect()
  expect(Name).toBe('/shape-node1')
  expect(Config).toMatchObject({ Hostname: 'node1', Tty: true, OpenStdin: true })
  expect(Config.Labels).toMatchObject({ 'works.weave.owner': 'footloose', 'works.weave.cluster': 'shape' })
  expect(HostConfig.Tmpfs).toEqual({ '/run': '', '/run/lock': '', '/tmp': 'exec,mode=777' })
  expect(NetworkSettings.Networks['shape']?.Aliases).toContain('node1')
  expect(NetworkSettings.Ports['22/tcp']?.[0]?.HostIp).toBe('127.0.0.1')
  const { readFileSync } = await import('node:fs')
  const written = (name: string) => readFileSync(`${paths.run('shape')}/${name}`, 'utf8')
  expect(written('footloose.yaml')).toContain('  name: shape\n')
  const keys = await (await driver.find('shape'))?.machines[0]?.exec(['cat', '/root/.ssh/authorized_keys'])
  expect(keys?.stdout ?? written('cluster-key.pub')).toBe(written('cluster-key.pub'))
})

test('a machine that is gone is said to be', async () => {
  const machine = await oneMachine('gone')
  await sharedDaemon().docker.getContainer('gone-node0').remove({ force: true })
  await expect(machine.exec(['true'])).rejects.toMatchObject({
    code: 'KNET_MACHINE_GONE',
  } satisfies Partial<LabError>)
  expect(await machine.spawn(['true']).exited).toBe(125)
})
