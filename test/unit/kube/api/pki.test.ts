import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { ensureCertificates, kubeconfig, type Certificates } from '../../../../src/kube/api/pki.ts'

const NODES = { names: ['node0', 'node1'], addresses: ['172.19.0.2', '172.19.0.3'] }
const DAY_MS = 86_400_000

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'knet-pki-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** What a TLS client that trusts only `ca` gets from a server with these certificates. */
async function fetchFrom(certificates: Certificates, ca: string, servername: string): Promise<string> {
  const { certificate, key } = certificates
  const server = createServer({ cert: certificate, key }, (_, response) => response.end('hello'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  try {
    const { port } = server.address() as AddressInfo
    const sent = request({ host: '127.0.0.1', port, ca, servername, agent: false }).end()
    const [response] = await once(sent, 'response')
    const [body] = await once(response, 'data')
    return String(body)
  } finally {
    server.close()
  }
}

test('A client that trusts the authority accepts the server under each of its names and addresses.', async () => {
  const made = await ensureCertificates(folder, NODES)
  for (const name of ['localhost', 'node1', 'kubernetes.default.svc.cluster.local']) {
    expect(await fetchFrom(made, made.ca, name)).toBe('hello')
  }
  const server = new X509Certificate(made.certificate)
  for (const ip of ['127.0.0.1', '10.43.0.1', ...NODES.addresses]) expect(server.checkIP(ip)).toBe(ip)
  await expect(fetchFrom(made, made.ca, 'example.com')).rejects.toThrow('does not match')
})

test('A client that trusts another authority refuses the server.', async () => {
  const made = await ensureCertificates(folder, NODES)
  const other = await ensureCertificates(join(folder, 'other'), NODES)
  await expect(fetchFrom(made, other.ca, 'localhost')).rejects.toThrow('unable to verify')
})

test('The second start finds what the first made, and keys are for their owner only.', async () => {
  const first = await ensureCertificates(folder, NODES)
  expect(await ensureCertificates(folder, NODES)).toEqual(first)
  for (const key of ['ca.key', 'server.key']) expect((await stat(join(folder, key))).mode & 0o777).toBe(0o600)
})

test('New hosts make a new server certificate of the same authority that still has the old hosts.', async () => {
  const first = await ensureCertificates(folder, NODES)
  const second = await ensureCertificates(folder, { names: ['calico-node0'], addresses: ['172.20.0.2'] })
  expect(second.ca).toBe(first.ca)
  expect(second.certificate).not.toBe(first.certificate)
  expect(await ensureCertificates(folder, NODES)).toEqual(second)
})

test.each(['ca.crt', 'ca.key', 'server.crt', 'server.key'])('A corrupt %s is replaced.', async (file) => {
  const first = await ensureCertificates(folder, NODES)
  const text = await readFile(join(folder, file), 'utf8')
  await writeFile(join(folder, file), text.slice(0, text.length / 2))
  const second = await ensureCertificates(folder, NODES)
  expect(second).not.toEqual(first)
  expect(await fetchFrom(second, second.ca, 'localhost')).toBe('hello')
})

test('A server certificate with less than a week left is replaced; its authority stays.', async () => {
  const first = await ensureCertificates(folder, NODES, new Date(Date.now() - 360 * DAY_MS))
  const second = await ensureCertificates(folder, NODES)
  expect(second.ca).toBe(first.ca)
  expect(second.certificate).not.toBe(first.certificate)
})

test('The kubeconfig names the cluster once and carries authority and token.', () => {
  const config = parse(kubeconfig({ name: 'flannel', server: 'https://127.0.0.1:1', ca: 'PEM', token: 't' }))
  expect(config).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'flannel',
        cluster: { server: 'https://127.0.0.1:1', 'certificate-authority-data': 'UEVN' },
      },
    ],
    users: [{ name: 'flannel', user: { token: 't' } }],
    contexts: [{ name: 'flannel', context: { cluster: 'flannel', user: 'flannel' } }],
    'current-context': 'flannel',
  })
})
