import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { givenArchives } from '../../src/assets/given.ts'
import { fullReference } from '../../src/assets/image-name.ts'
import { repositoryOf } from '../../src/assets/registry.ts'
import { serveRanges } from '../helpers/web-server.ts'

/** As `manifest.json` of an archive of `docker save`'s has it; paths are below the folder it was unpacked into. */
interface SavedImage {
  readonly Config: string
  readonly RepoTags: readonly string[]
  readonly Layers: readonly string[]
}

interface Unpacked {
  readonly folder: string
  readonly images: readonly SavedImage[]
}

/** What KNET_K3S_IMAGES names, unpacked into a folder. */
export function givenImages(folder: string): Unpacked[] {
  const archives = givenArchives(process.env, 'KNET_K3S_IMAGES') ?? []
  return archives.map((archive, index) => {
    const into = join(folder, String(index))
    mkdirSync(into, { recursive: true })
    execFileSync('tar', ['--extract', '--file', archive, '--directory', into])
    const images = JSON.parse(readFileSync(join(into, 'manifest.json'), 'utf8')) as SavedImage[]
    return { folder: into, images }
  })
}

/** Those that k3s itself runs, as its releases have them: one archive, compressed by zstd. */
export function airgapArchive(given: readonly Unpacked[], file: string): Buffer {
  for (const { folder, images } of given) {
    const own = images.filter(({ RepoTags }) => RepoTags.some((tag) => tag.startsWith('rancher/')))
    if (own.length === 0) continue
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(own))
    const members = own.flatMap(({ Config, Layers }) => [Config, ...Layers])
    execFileSync('tar', [
      '--create',
      '--zstd',
      '--file',
      file,
      '--directory',
      folder,
      'manifest.json',
      ...new Set(members),
    ])
    return readFileSync(file)
  }
  throw new Error('KNET_K3S_IMAGES has no archive with images of k3s itself (rancher/…)')
}

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'

/** Answers as a registry that has these images (OCI distribution specification). @param address without its scheme. */
export function registryOf(
  given: readonly Unpacked[],
): (address: string, request: IncomingMessage, response: ServerResponse) => void {
  const manifests = new Map<string, Buffer>()
  const blobs = new Map<string, string>()
  const blob = (file: string) => {
    const digest = `sha256:${createHash('sha256').update(readFileSync(file)).digest('hex')}`
    blobs.set(digest, file)
    return { digest, size: statSync(file).size }
  }
  for (const { folder, images } of given) {
    for (const { Config, RepoTags, Layers } of images) {
      const config = {
        mediaType: 'application/vnd.docker.container.image.v1+json',
        ...blob(join(folder, Config)),
      }
      const layers = Layers.map((layer) => ({
        mediaType: 'application/vnd.docker.image.rootfs.diff.tar',
        ...blob(join(folder, layer)),
      }))
      const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers }))
      for (const { url, tag } of RepoTags.map((name) => repositoryOf(fullReference(name))))
        manifests.set(`${new URL(url).host}${new URL(url).pathname}/manifests/${tag}`, manifest)
    }
  }
  return (address, request, response) => {
    const manifest = manifests.get(address)
    const file = blobs.get(address.slice(address.lastIndexOf('/') + 1))
    if (manifest) response.writeHead(200, { 'content-type': MANIFEST }).end(manifest)
    else if (file) serveRanges(readFileSync(file), request, response)
    else response.writeHead(404).end('{}')
  }
}
