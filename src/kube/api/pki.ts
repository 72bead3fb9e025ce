import { createPrivateKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { isIPv4 } from 'node:net'
import { join } from 'node:path'

/** PEM texts of what a TLS server needs and its clients trust. */
export interface Certificates {
  readonly ca: string
  readonly certificate: string
  readonly key: string
}

export interface ServerHosts {
  /** DNS names besides the API server's usual ones. */
  readonly names: readonly string[]
  /** IPv4 addresses besides 127.0.0.1 and 10.43.0.1. */
  readonly addresses: readonly string[]
}

interface Pair {
  readonly certificate: string
  readonly key: string
}

const HOSTS = [
  'localhost',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
  '127.0.0.1',
  '10.43.0.1',
]
const AUTHORITY = 'knet-labs-ca'
const SERVER = 'kube-apiserver'
const DAY_MS = 86_400_000
const AUTHORITY_DAYS = 3650
const SERVER_DAYS = 365
/** What is about to expire is made anew, so that a lab does not outlive its certificate. */
const MIN_DAYS_LEFT = 7

/**
 * The authority and the server certificate in a folder (ca.crt, ca.key, server.crt, server.key; keys mode 0600): those
 * that are there when they are good for another week and for all hosts, else new ones. A new server certificate keeps
 * the old one's hosts, so that labs with different nodes don't take turns in making one.
 */
export async function ensureCertificates(
  folder: string,
  { names, addresses }: ServerHosts,
  now: Date = new Date(),
): Promise<Certificates> {
  const [authorityFiles, serverFiles] = await Promise.all([
    readPair(folder, 'ca'),
    readPair(folder, 'server'),
  ])
  const hosts = [...new Set([...HOSTS, ...names, ...addresses])]
  const authority = usable(authorityFiles, authorityFiles, now)
  const server = authority && usable(serverFiles, authority, now)
  if (authority && server && covers(server, hosts)) {
    return { ca: authority.certificate, ...server }
  }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const ca = authority ?? (await writePair(folder, 'ca', await makeAuthority(now)))
  const all = [...new Set([...hosts, ...(server ? hostsOf(server) : [])])]
  const made = await writePair(folder, 'server', await makeServer(ca, all, now))
  return { ca: ca.certificate, ...made }
}

async function readPair(folder: string, name: string): Promise<Pair | undefined> {
  try {
    const [certificate, key] = await Promise.all(
      ['crt', 'key'].map((kind) => readFile(join(folder, `${name}.${kind}`), 'utf8')),
    )
    return { certificate: certificate ?? '', key: key ?? '' }
  } catch {
    return undefined
  }
}

/** The pair when it parses, belongs together, is the authority's and lasts; else undefined. */
function usable(pair: Pair | undefined, authority: Pair | undefined, now: Date): Pair | undefined {
  if (!pair || !authority) return undefined
  try {
    const certificate = new X509Certificate(pair.certificate)
    const issuer = new X509Certificate(authority.certificate)
    const good =
      certificate.checkPrivateKey(createPrivateKey(pair.key)) &&
      certificate.verify(issuer.publicKey) &&
      Date.parse(certificate.validFrom) <= now.getTime() &&
      Date.parse(certificate.validTo) > now.getTime() + MIN_DAYS_LEFT * DAY_MS
    return good ? pair : undefined
  } catch {
    return undefined
  }
}

function covers({ certificate }: Pair, hosts: readonly string[]): boolean {
  const parsed = new X509Certificate(certificate)
  return hosts.every((host) => (isIPv4(host) ? parsed.checkIP(host) : parsed.checkHost(host)) !== undefined)
}

function hostsOf({ certificate }: Pair): string[] {
  const names = new X509Certificate(certificate).subjectAltName ?? ''
  return names.split(', ').map((name) => name.replace(/^(DNS|IP Address):/, ''))
}

function newKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

function pairOf(certificate: string, key: KeyObject): Pair {
  return { certificate, key: key.export({ type: 'pkcs8', format: 'pem' }) as string }
}

const validity = (now: Date, days: number) => ({
  // An hour back, for clients whose clock is slow.
  notBefore: new Date(now.getTime() - DAY_MS / 24),
  notAfter: new Date(now.getTime() + days * DAY_MS),
})

async function makeAuthority(now: Date): Promise<Pair> {
  const { issueCertificate } = await import('./pki/certificate.ts')
  const { publicKey, privateKey } = newKeys()
  const certificate = issueCertificate({
    subject: AUTHORITY,
    publicKey,
    issuer: { name: AUTHORITY, key: privateKey, publicKey },
    ...validity(now, AUTHORITY_DAYS),
  })
  return pairOf(certificate, privateKey)
}

async function makeServer(authority: Pair, hosts: readonly string[], now: Date): Promise<Pair> {
  const { issueCertificate } = await import('./pki/certificate.ts')
  const { publicKey, privateKey } = newKeys()
  const issuer = {
    name: AUTHORITY,
    key: createPrivateKey(authority.key),
    publicKey: new X509Certificate(authority.certificate).publicKey,
  }
  const certificate = issueCertificate({
    subject: SERVER,
    publicKey,
    issuer,
    ...validity(now, SERVER_DAYS),
    hosts,
  })
  return pairOf(certificate, privateKey)
}

/** Key first: a certificate whose key did not make it to the disk is found out and made anew. */
async function writePair(folder: string, name: string, pair: Pair): Promise<Pair> {
  await replaceFile(join(folder, `${name}.key`), pair.key, 0o600)
  await replaceFile(join(folder, `${name}.crt`), pair.certificate, 0o644)
  return pair
}

async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.${process.pid}`
  await writeFile(draft, text, { mode })
  await rename(draft, path)
}

export interface KubeconfigOptions {
  /** Of the cluster, the user and the context. */
  readonly name: string
  /** https://127.0.0.1:6443 */
  readonly server: string
  /** The certificate authority, PEM. */
  readonly ca: string
  readonly token: string
}

/** The text of a kubeconfig with one cluster: JSON strings are YAML. */
export function kubeconfig({ name, server, ca, token }: KubeconfigOptions): string {
  const quoted = JSON.stringify(name)
  return `apiVersion: v1
kind: Config
clusters:
- name: ${quoted}
  cluster:
    server: ${JSON.stringify(server)}
    certificate-authority-data: ${Buffer.from(ca).toString('base64')}
users:
- name: ${quoted}
  user:
    token: ${JSON.stringify(token)}
contexts:
- name: ${quoted}
  context:
    cluster: ${quoted}
    user: ${quoted}
current-context: ${quoted}
`
}
