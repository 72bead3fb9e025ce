import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { decode, encode } from 'dns-packet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../../../src/base/until.ts'
import { dnsManifest } from '../../../../src/kube/dns/manifest.ts'
import { createRegistry } from '../../../../src/kube/registry/registry.ts'
import { ENDPOINT_SLICES, NAMESPACES, SERVICES } from '../../../../src/kube/resources.ts'
import { bundle } from '../../../helpers/bundle.ts'
import { startApi, TOKEN, type RunningApi } from '../api/start-api.ts'
import { CLUSTER } from './cluster.ts'

// The program as a pod runs it, against a real API server over TLS, asked by dig.

interface Program {
  readonly process: ChildProcess
  readonly port: number
  readonly readyPort: number
  readonly metricsPort: number
}

let api: RunningApi
let file: string
let alone: Program
let forwarding: Program
let upstream: ReturnType<typeof createSocket>

async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

async function start(...more: string[]): Promise<Program> {
  const [port, healthPort, readyPort, metricsPort] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ])
  const account = join(api.folder, 'account')
  mkdirSync(account, { recursive: true })
  writeFileSync(join(account, 'token'), `${TOKEN}\n`)
  writeFileSync(join(account, 'ca.crt'), api.ca)
  const argv = [
    `--port=${port}`,
    `--health-port=${healthPort}`,
    `--ready-port=${readyPort}`,
    `--metrics-port=${metricsPort}`,
    `--service-account=${account}`,
    ...more,
  ]
  const code = `import(${JSON.stringify(file)}).then(({ runCoredns }) => runCoredns(${JSON.stringify(argv)}, process.env))`
  const child = spawn(process.execPath, ['-e', code], {
    env: { ...process.env, KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(api.port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const isReady = async () => (await fetch(`http://127.0.0.1:${readyPort}/ready`).catch(() => undefined))?.ok
  await until(isReady, { what: 'coredns to be ready', deadlineMs: 15_000 })
  return { process: child, port, readyPort, metricsPort }
}

async function dig(program: Program, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('dig', [
    '@127.0.0.1',
    '-p',
    String(program.port),
    '+tries=1',
    ...args,
  ])
  return stdout
}

/** Answers every question about example.com, and no other. */
async function startUpstream(): Promise<ReturnType<typeof createSocket>> {
  const socket = createSocket('udp4')
  socket.on('message', (bytes, { port, address }) => {
    const { id = 0, questions = [] } = decode(bytes)
    const [question] = questions
    const name = question?.name ?? ''
    if (!name.endsWith('example.com') || !question) return
    const answers = [{ name, type: 'A' as const, ttl: 60, data: '192.0.2.80' }]
    socket.send(
      encode({ type: 'response', id, flags: 1 << 7, questions: [question], answers }),
      port,
      address,
    )
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

beforeAll(async () => {
  ;[api, file, upstream] = await Promise.all([
    startApi(),
    bundle(join(import.meta.dirname, '../../../../src/workloads/coredns.ts')),
    startUpstream(),
  ])
  const { client } = api.server
  await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'blue' } })
  for (const service of CLUSTER.services) await client.create(SERVICES, service)
  for (const slice of CLUSTER.slices) await client.create(ENDPOINT_SLICES, slice)
  ;[alone, forwarding] = await Promise.all([
    start('--resolv-conf=/nonexistent'),
    start(`--forward=127.0.0.1:${upstream.address().port}`),
  ])
})

afterAll(async () => {
  for (const program of [alone, forwarding]) {
    program.process.kill()
    await once(program.process, 'exit')
  }
  upstream.close()
  await api.close()
})

describe('dig is answered', () => {
  test('about a service, with authority', async () => {
    const output = await dig(alone, 'web.default.svc.cluster.local')
    expect(output).toContain('status: NOERROR')
    expect(output).toMatch(/flags: qr aa rd;/)
    expect(output).toMatch(/^web\.default\.svc\.cluster\.local\. 5\s+IN\s+A\s+10\.43\.94\.217$/m)
    expect(output).not.toMatch(/WARNING: .*malformed|Got bad packet/)
  })

  test('about a port, with the addresses beside it', async () => {
    const output = await dig(alone, 'SRV', '_sql._tcp.db.default.svc.cluster.local')
    expect(output).toMatch(/IN\s+SRV\s+0 50 5432 db-0\.db\.default\.svc\.cluster\.local\.$/m)
    expect(output).toMatch(/^db-0\.db\.default\.svc\.cluster\.local\. 5\s+IN\s+A\s+10\.42\.0\.5$/m)
  })

  test('about an address', async () => {
    expect(await dig(alone, '+short', '-x', '10.43.94.217')).toBe('web.default.svc.cluster.local.\n')
  })

  test('in the spelling that was asked for', async () => {
    expect(await dig(alone, '+noall', '+answer', 'WEB.default.svc.Cluster.Local')).toMatch(
      /^WEB\.default\.svc\.Cluster\.Local\./,
    )
  })

  test('that a name is not there, with the SOA record', async () => {
    const output = await dig(alone, 'nope.default.svc.cluster.local')
    expect(output).toContain('status: NXDOMAIN')
    expect(output).toMatch(
      /^cluster\.local\.\s+5\s+IN\s+SOA\s+ns\.dns\.cluster\.local\. hostmaster\.cluster\.local\. \d+ 7200 1800 86400 5$/m,
    )
  })

  test('that there is no IPv6 address', async () => {
    const output = await dig(alone, 'AAAA', 'web.default.svc.cluster.local')
    expect(output).toContain('status: NOERROR')
    expect(output).toContain('ANSWER: 0, AUTHORITY: 1')
  })

  test('which version of the schema this is', async () => {
    expect(await dig(alone, '+short', 'TXT', 'dns-version.cluster.local')).toBe('"1.1.0"\n')
  })

  test('by TCP, when the answer is too large for UDP', async () => {
    const name = 'many.blue.svc.cluster.local'
    const cut = await dig(alone, '+ignore', name)
    expect(cut).toMatch(/flags: qr aa tc rd;/)
    const whole = await dig(alone, '+short', name)
    expect(new Set(whole.trim().split('\n')).size).toBe(120)
    expect((await dig(alone, '+noedns', '+ignore', name)).length).toBeLessThan(cut.length)
  })

  test('in turn, so that the first address is not always the same', async () => {
    const name = 'many.blue.svc.cluster.local'
    const firsts = await Promise.all([1, 2, 3, 4, 5].map(() => dig(alone, '+short', '+tcp', name)))
    expect(new Set(firsts.map((text) => text.split('\n')[0])).size).toBeGreaterThan(1)
  })

  test('that newer versions of EDNS are not understood', async () => {
    expect(await dig(alone, '+edns=1', '+noednsneg', 'web.default.svc.cluster.local')).toContain(
      'status: BADVERS',
    )
  })
})

describe("the world's names", () => {
  test('are refused when there is nobody to ask', async () => {
    expect(await dig(alone, 'www.example.com')).toContain('status: REFUSED')
  })

  test('are asked of the name server behind', async () => {
    const output = await dig(forwarding, 'www.example.com')
    expect(output).toMatch(/^www\.example\.com\.\s+60\s+IN\s+A\s+192\.0\.2\.80$/m)
    expect(output).not.toMatch(/flags: qr aa/)
  })

  test('fail when it does not answer', async () => {
    expect(await dig(forwarding, '+time=4', 'www.example.net')).toContain('status: SERVFAIL')
  })

  test('are followed from inside the cluster', async () => {
    const output = await dig(forwarding, 'docs.default.svc.cluster.local')
    expect(output).toMatch(/IN\s+CNAME\s+docs\.example\.com\.$/m)
    expect(output).toMatch(/^docs\.example\.com\.\s+60\s+IN\s+A\s+192\.0\.2\.80$/m)
  })
})

test('a change of the cluster is seen at once', async () => {
  const { client } = api.server
  expect(await dig(alone, 'late.blue.svc.cluster.local')).toContain('status: NXDOMAIN')
  const late = await client.create(SERVICES, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'late', namespace: 'blue' },
    spec: { ports: [{ port: 80 }] },
  })
  const answered = async () =>
    (await dig(alone, '+short', 'late.blue.svc.cluster.local')).trim() === late.spec?.clusterIP
  await until(answered, { what: 'the new service to be known', deadlineMs: 5000 })
})

test('responses are counted', async () => {
  const text = await (await fetch(`http://127.0.0.1:${alone.metricsPort}/metrics`)).text()
  expect(text).toMatch(/^coredns_dns_responses_total\{proto="udp",rcode="NXDOMAIN"\} \d+$/m)
})

test('the objects of the add-on are accepted by the registry', () => {
  const context = { now: () => new Date(), list: () => [] }
  for (const object of dnsManifest()) {
    const definition = createRegistry().find(({ kind }) => kind === object.kind)
    const prepared = definition?.prepareForCreate(object, context)
    expect(prepared && definition?.validate(prepared, context)).toEqual([])
  }
})
