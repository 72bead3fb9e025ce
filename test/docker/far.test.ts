import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { urlToHttpOptions } from 'node:url'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import type { LabError } from '../../src/base/errors.ts'
import { apiFromHere, whenReachable } from '../../src/k3s/api-from-here.ts'
import { planOf } from '../../src/k3s/plan.ts'
import type { Running } from '../../src/machine/driver.ts'
import { dockerUser, topologyOf, whyNoDocker } from '../helpers/docker-lab.ts'
import { tinyImage } from '../helpers/dockerd.ts'
import { FarDockerd, hasIPv6 } from '../helpers/far-dockerd.ts'

const why = whyNoDocker()
let far: FarDockerd

beforeAll(async () => {
  if (why !== undefined) return
  far = new FarDockerd()
  await far.start()
  await far.dockerd.import(tinyImage(far.dockerd.folder), 'tiny:1')
})
afterAll(async () => far?.leave())
beforeEach(({ skip }) => skip(why !== undefined, why))

const API = { machine: 'node0', port: 6443 }
const published = [API]

/** A server that says its machine's name stands in for the API: what it speaks is nobody's business on the way. */
async function serveOn(running: Running): Promise<void> {
  const script = `busybox nc -ll -p ${API.port} -e hostname >/dev/null 2>&1 &
until grep -qs ':192B ' /proc/net/tcp /proc/net/tcp6; do sleep 0.05; done`
  const [server] = running.machines
  expect((await server!.exec(['sh', '-c', script])).exitCode).toBe(0)
}

async function heardAt(at: string | undefined): Promise<string> {
  const { hostname, port } = urlToHttpOptions(new URL(`https://${at}`))
  return await text(connect(Number(port), hostname ?? ''))
}

test('a port that a daemon on another host publishes is reached there, and has the machine’s own number', async () => {
  const { driver } = dockerUser('', far.env)
  const commands: string[] = []
  const running = await driver.up(topologyOf('far', 2), {
    published,
    onCommand: (line) => commands.push(line),
  })
  await running.keep()
  await serveOn(running)
  expect(await running.reach!(API)).toBe(`${far.address}:6443`)
  expect(await heardAt(await running.reach!(API))).toBe('node0\n')
  expect(commands.join('\n')).toContain('--publish 6443:6443')
  expect(await (await driver.find('far'))!.reach!(API)).toBe(`${far.address}:6443`)
})

test('of the rest nothing can be reached from another host: not even sshd of machines', async () => {
  const { driver } = dockerUser('', far.env)
  await driver.up(topologyOf('shut', 1), { published })
  const { NetworkSettings } = await far.dockerd.docker.getContainer('shut-node0').inspect()
  const addresses = Object.entries(NetworkSettings.Ports).map(([port, bindings]) => [
    port,
    bindings.map(({ HostIp }) => HostIp),
  ])
  expect(Object.fromEntries(addresses)).toEqual({ '22/tcp': ['127.0.0.1'], '6443/tcp': ['0.0.0.0'] })
})

test('an address of IPv6 leads there just as well', async ({ skip }) => {
  skip(!hasIPv6, 'this machine has no IPv6')
  const { driver } = dockerUser('', { ...far.env, DOCKER_HOST: `tcp://[${far.address6}]:2375` })
  const running = await driver.up(topologyOf('six', 1), { published })
  await serveOn(running)
  expect(await running.reach!(API)).toBe(`[${far.address6}]:6443`)
  expect(await heardAt(await running.reach!(API))).toBe('node0\n')
})

test('a port that another lab has, or a program of that host, is left to it', async () => {
  const { driver } = dockerUser('', far.env)
  const program = spawn('nsenter', [
    `--net=/proc/${far.dockerd.pid}/ns/net`,
    ...'busybox nc -ll -p 6444 -e true'.split(' '),
  ])
  onTestFinished(() => void program.kill())
  await expect.poll(() => far.onHost('cat /proc/net/tcp6 /proc/net/tcp')).toContain(':192C ')
  const one = await driver.up(topologyOf('one', 1), { published })
  const other = await driver.up(topologyOf('other', 1), { published })
  expect(await one.reach!(API)).toBe(`${far.address}:6443`)
  expect(await other.reach!(API)).toBe(`${far.address}:6445`)
  await other.keep()
  await serveOn(other)
  expect(await heardAt(`${far.address}:6445`)).toBe('node0\n')
})

test('a machine that is made anew, or was stopped, is reached where it was', async () => {
  const { driver } = dockerUser('', far.env)
  const before = await driver.up(topologyOf('before', 1), { published })
  const running = await driver.up(topologyOf('again', 1), { published })
  await running.keep()
  expect(await running.reach!(API)).toBe(`${far.address}:6444`)
  await before.keep()
  await driver.down('before')
  await running.rebuild('node0')
  expect(await running.reach!(API)).toBe(`${far.address}:6444`)
  await far.dockerd.docker.getContainer('again-node0').stop({ t: 0 })
  const up = await driver.up(topologyOf('again', 1), { published })
  expect(await up.reach!(API)).toBe(`${far.address}:6444`)
  await serveOn(up)
  expect(await heardAt(`${far.address}:6444`)).toBe('node0\n')
})

test('where something on the way lets nothing through, it is said which port of which host was tried', async () => {
  const { driver } = dockerUser('', far.env)
  const running = await driver.up(topologyOf('closed', 1), { published })
  await serveOn(running)
  const plan = planOf(running.topology, { kind: 'none', podCIDR: '192.168.0.0/16' }, 'token')
  const url = await apiFromHere(running, plan)
  const waiting = {
    plan,
    running,
    progress: { say: () => {}, done: () => {}, end: () => {} },
    signal: new AbortController().signal,
  }
  await whenReachable(waiting, url)
  const open = far.close(6443)
  const failed = await whenReachable(waiting, url).catch((thrown: LabError) => thrown)
  open()
  expect(failed).toMatchObject({ code: 'KNET_K3S' } satisfies Partial<LabError>)
  expect(failed?.message).toContain(`it tried ${far.address}:6443, and nothing came back`)
  expect(failed?.hint).toContain(`TCP port 6443 of ${far.address}`)
}, 60_000)

test('doctor says which host has to be reached, before anything is opened', async () => {
  const { driver } = dockerUser('', far.env)
  const findings = await driver.probe('doctor')
  expect(findings.find(({ name }) => name === 'port of the API')?.seen).toContain(`6443 of ${far.address}`)
  const near = dockerUser(far.dockerd.socket)
  expect((await near.driver.probe('doctor')).map(({ name }) => name)).not.toContain('port of the API')
})

test('by ssh, the host is the one that ssh’s own configuration means', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'knet-far-ssh-'))
  const before = process.env['PATH']
  const dial = `const s = require('net').connect({ path: '${far.dockerd.socket}', allowHalfOpen: true })
process.stdin.pipe(s); s.pipe(process.stdout); s.on('end', () => process.exit())`
  writeFileSync(join(folder, 'dial.cjs'), dial)
  writeFileSync(
    join(folder, 'ssh'),
    `#!/bin/sh\n[ "$1" = -G ] && exec echo "hostname ${far.address}"\nexec ${process.execPath} ${folder}/dial.cjs\n`,
    { mode: 0o755 },
  )
  process.env['PATH'] = `${folder}:${before}`
  onTestFinished(() => {
    process.env['PATH'] = before
    rmSync(folder, { recursive: true })
  })
  const { driver } = dockerUser('', { DOCKER_HOST: 'ssh://ada@box' })
  const running = await driver.up(topologyOf('byssh', 1), { published })
  await serveOn(running)
  expect(await heardAt(await running.reach!(API))).toBe('node0\n')
  expect(await running.reach!(API)).toBe(`${far.address}:6443`)
  expect(await driver.down('byssh')).toBe(true)
})
