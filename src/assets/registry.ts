import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { LabError } from '../base/errors.ts'
import { checksumError, downloadError } from './asset-errors.ts'
import type { FetchOptions } from './download.ts'
import { httpGet, textOf } from './http-get.ts'
import type { Arch } from './releases.ts'

/** Content that is named by its SHA-256. */
export interface Blob {
  /** "sha256:…" */
  readonly digest: string
}

/** An image's manifest, for one architecture, and how to get what it names. */
export interface Pulled extends Blob {
  readonly mediaType: string
  /** Its very bytes. */
  readonly manifest: Buffer
  readonly config: Blob
  readonly layers: readonly Blob[]
  blobAt(
    digest: string,
  ): Promise<{ readonly url: string; readonly headers: Readonly<Record<string, string>> }>
}

const LISTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]
const MANIFESTS = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]

/** Docker Hub's registry is not at its name. */
const HUB = { name: 'docker.io', host: 'registry-1.docker.io' }

interface Repository {
  readonly url: string
  readonly tag: string
}

/** @param reference whole: "docker.io/calico/node:v3.23.5". */
export function repositoryOf(reference: string): Repository {
  const [, host = '', name = '', tag = ''] = /^([^/]+)\/(.+):([^:]+)$/.exec(reference) ?? []
  const scheme = /^(?:localhost|127\.0\.0\.1)(?::|$)/.test(host) ? 'http' : 'https'
  return { url: `${scheme}://${host === HUB.name ? HUB.host : host}/v2/${name}`, tag }
}

/** Asks a registry for an image (OCI distribution specification). @throws LabError KNET_DOWNLOAD or KNET_CHECKSUM. */
export async function pullManifest(reference: string, arch: Arch, options: FetchOptions): Promise<Pulled> {
  const { url, tag } = repositoryOf(reference)
  const failed = (thrown: unknown): never => {
    options.signal?.throwIfAborted()
    throw thrown instanceof LabError ? thrown : downloadError(`The image ${reference}`, url, thrown)
  }
  const enter = () => credentials(`${url}/manifests/${tag}`, options)
  try {
    const headers = await enter()
    const get = (name: string) => manifestAt(`${url}/manifests/${name}`, headers, reference, options)
    const first = await get(tag)
    const listed = LISTS.includes(first.mediaType) ? await get(digestFor(first.manifest, arch)) : first
    const { config, layers } = JSON.parse(listed.manifest.toString()) as { config: Blob; layers: Blob[] }
    const blobAt = async (digest: string) => ({
      url: `${url}/blobs/${digest}`,
      headers: await enter().catch(failed),
    })
    return { ...listed, config, layers, blobAt }
  } catch (thrown) {
    return failed(thrown)
  }
}

function digestFor(list: Buffer, arch: Arch): string {
  const { manifests } = JSON.parse(list.toString()) as {
    manifests: { digest: string; platform?: { os: string; architecture: string } }[]
  }
  const found = manifests.find(({ platform }) => platform?.os === 'linux' && platform.architecture === arch)
  if (!found) throw new Error(`there is none for ${arch}`)
  return found.digest
}

async function manifestAt(
  url: string,
  headers: Readonly<Record<string, string>>,
  reference: string,
  { env, signal }: FetchOptions,
): Promise<Pick<Pulled, 'digest' | 'mediaType' | 'manifest'>> {
  const accept = [...LISTS, ...MANIFESTS].join(', ')
  const answer = await httpGet(url, { env, signal, headers: { ...headers, accept } })
  const manifest = Buffer.from(await textOf(answer))
  if (answer.statusCode === 429) throw new Error('the registry wants no more pulls from here for some hours')
  if (answer.statusCode !== 200) throw new Error(`the registry answered ${answer.statusCode}`)
  const digest = `sha256:${createHash('sha256').update(manifest).digest('hex')}`
  const named = url.slice(url.lastIndexOf('/') + 1)
  if (named.startsWith('sha256:') && named !== digest)
    throw checksumError(`The manifest of ${reference}`, { from: url, expected: named, got: digest })
  const mediaType = (answer.headers['content-type'] ?? '').split(';')[0] ?? ''
  return { digest, mediaType, manifest }
}

/** What a registry wants to see: it says so itself, when asked without. */
async function credentials(url: string, { env, signal }: FetchOptions): Promise<Record<string, string>> {
  const answer = await httpGet(url, { env, signal, headers: { accept: MANIFESTS.join(', ') } })
  answer.destroy()
  const where = answer.statusCode === 401 ? tokenUrl(answer) : undefined
  if (!where) return {}
  const { token, access_token } = JSON.parse(await textOf(await httpGet(where, { env, signal }))) as {
    token?: string
    access_token?: string
  }
  return { authorization: `Bearer ${token ?? access_token}` }
}

/** From `Bearer realm="…",service="…",scope="…"` (distribution's token authentication). */
function tokenUrl({ headers }: IncomingMessage): string | undefined {
  const challenge = headers['www-authenticate'] ?? ''
  const { realm, ...rest } = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
  )
  if (!realm || !/^bearer /i.test(challenge)) return undefined
  const url = new URL(realm)
  for (const [key, value] of Object.entries(rest)) url.searchParams.set(key, value)
  return url.href
}
