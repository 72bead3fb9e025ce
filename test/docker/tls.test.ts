import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { hostExec, hostSpawn } from '../../src/machine/host.ts'
import { findProgram } from '../../src/machine/packages.ts'
import { dockerUser, topologyOf, whyNoDocker } from '../helpers/docker-lab.ts'
import { TestDockerd, tinyImage } from '../helpers/dockerd.ts'

const openssl = findProgram('openssl', process.env['PATH'] ?? '')
const why = whyNoDocker() ?? (openssl ? undefined : 'not installed: openssl, which makes the keys')

const keys = mkdtempSync(join(tmpdir(), 'knet-tls-'))
let dockerd: TestDockerd
let door: Server

/** An authority, and keys of a daemon's and of somebody's who may use it. */
async function makeKeys(folder: string): Promise<void> {
  const ssl = async (...words: string[]) => {
    const { exitCode, stderr } = await hostExec(['openssl', ...words], { cwd: folder })
    if (exitCode !== 0) throw new Error(stderr)
  }
  const key = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  await ssl(...key, '-keyout', 'ca-key.pem', '-out', 'ca.pem', '-subj', '/CN=authority')
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-addext', 'basicConstraints=critical,CA:FALSE']
  const san = ['-addext', 'subjectAltName=IP:127.0.0.1']
  await ssl(...key, '-keyout', 'server-key.pem', '-out', 'server.pem', '-subj', '/CN=dockerd', ...by, ...san)
  const client = ['-addext', 'extendedKeyUsage=clientAuth']
  await ssl(...key, '-keyout', 'key.pem', '-out', 'cert.pem', '-subj', '/CN=ada', ...by, ...client)
}

/** A port of this host's that leads to one of the daemon's network. */
async function doorTo(pid: number, port: number): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const through = ['nsenter', `--net=/proc/${pid}/ns/net`, 'busybox', 'nc', '127.0.0.1', String(port)]
    const nc = hostSpawn(through)
    nc.stdin.on('error', () => {})
    socket.on('error', () => {}).on('close', () => nc.kill())
    socket.pipe(nc.stdin)
    nc.stdout.pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

beforeAll(async () => {
  if (why !== undefined) return
  await makeKeys(keys)
  const verify = [
    '--tlsverify',
    `--tlscacert=${keys}/ca.pem`,
    `--tlscert=${keys}/server.pem`,
    `--tlskey=${keys}/server-key.pem`,
  ]
  dockerd = new TestDockerd(['--host=tcp://127.0.0.1:2376', ...verify])
  await dockerd.start()
  await dockerd.import(tinyImage(dockerd.folder), 'tiny:1')
  door = await doorTo(dockerd.pid, 2376)
})
afterAll(async () => {
  door?.close()
  await dockerd?.leave()
  rmSync(keys, { recursive: true })
})
beforeEach(({ skip }) => skip(why !== undefined, why))

const address = () => `tcp://127.0.0.1:${(door.address() as AddressInfo).port}`

test('a daemon with TLS is used with the keys that DOCKER_CERT_PATH has, commands with input and all', async () => {
  const secure = { DOCKER_HOST: address(), DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: keys }
  const { driver } = dockerUser('', secure)
  const running = await driver.up(topologyOf('secure', 1), {
    files: [{ path: 'root/hello', content: 'hello\n' }],
  })
  await running.keep()
  const [machine] = (await driver.find('secure'))!.machines
  expect(
    await machine!.exec(['sh', '-c', 'cat /root/hello -; echo err >&2; exit 3'], { stdin: 'typed' }),
  ).toMatchObject({ stdout: 'hello\ntyped', stderr: 'err\n', exitCode: 3 })
  expect(await driver.down('secure')).toBe(true)
})

test('a context brings its own address and keys', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'knet-context-'))
  const id = createHash('sha256').update('far').digest('hex')
  const write = (path: string, content: unknown) => {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), JSON.stringify(content))
  }
  write('config.json', { currentContext: 'far' })
  write(`contexts/meta/${id}/meta.json`, { Name: 'far', Endpoints: { docker: { Host: address() } } })
  cpSync(keys, join(folder, 'contexts/tls', id, 'docker'), { recursive: true })
  const { driver } = dockerUser('', { DOCKER_HOST: '', DOCKER_CONFIG: folder })
  const [finding] = await driver.probe('start')
  expect(finding).toMatchObject({ ok: true, seen: `${address()} (the context far)` })
  rmSync(folder, { recursive: true })
})

test.each([
  ['without keys', {}, /wants TLS with keys that fit/],
  [
    'with an authority that is not the daemon’s',
    { DOCKER_TLS_VERIFY: '1' },
    /wants TLS with keys that fit: .*certificate/,
  ],
])('a daemon with TLS %s is refused in words', async (_, env, words) => {
  const other = mkdtempSync(join(tmpdir(), 'knet-tls-other-'))
  await makeKeys(other)
  const { driver } = dockerUser('', { DOCKER_HOST: address(), DOCKER_CERT_PATH: other, ...env })
  const [finding] = await driver.probe('start')
  expect(finding).toMatchObject({ name: 'docker', ok: false })
  expect(finding?.seen).toMatch(words)
  rmSync(other, { recursive: true })
})
