import { createReadStream, existsSync } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { tarEnd, tarHeader, tarPadding } from '../base/tar.ts'
import { diskFull, isDiskFull } from './asset-errors.ts'
import { download, type FetchOptions } from './download.ts'
import { openPart } from './part.ts'
import { type Blob, pullManifest, type Pulled } from './registry.ts'
import type { Arch } from './releases.ts'

/** What the archive of an image is called. */
export const archiveName = (reference: string, arch: Arch): string =>
  `${reference.replaceAll(/[^\w.-]/g, '_')}-${arch}.tar`

/**
 * An image of a registry as an archive, in a folder where it stays: an OCI image layout that Docker's loader understands
 * as well (`manifest.json`), as `docker save` writes it. No Docker is needed. Every blob is checked by its digest.
 * @param reference whole: "docker.io/calico/node:v3.23.5".
 * @returns the archive.
 */
export async function imageArchive(
  reference: string,
  arch: Arch,
  folder: string,
  options: FetchOptions,
): Promise<string> {
  const file = join(folder, archiveName(reference, arch))
  if (existsSync(file)) return file
  const pulled = await pullManifest(reference, arch, options)
  const blobs = [pulled.config, ...pulled.layers]
  const paths = new Map(
    blobs.map((blob) => [blob.digest, join(folder, 'blobs', blob.digest.slice('sha256:'.length))]),
  )
  for (;;) {
    await downloadBlobs(reference, pulled, paths, options)
    try {
      await writeArchive(file, reference, pulled, paths)
      break
    } catch (thrown) {
      // Another process has made an image of the same blobs, and removed them.
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown
    }
  }
  for (const path of paths.values()) await rm(path, { force: true })
  return file
}

async function downloadBlobs(
  what: string,
  pulled: Pulled,
  paths: ReadonlyMap<string, string>,
  options: FetchOptions,
): Promise<void> {
  for (const [digest, path] of paths) {
    if (existsSync(path)) continue
    // Asked for anew each time: what opens the door holds for minutes only, and a layer may take longer.
    const { url, headers } = await pulled.blobAt(digest)
    await download({ what, url, headers, sha256: digest.slice('sha256:'.length) }, path, options)
  }
}

async function writeArchive(
  file: string,
  reference: string,
  pulled: Pulled,
  blobs: ReadonlyMap<string, string>,
): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const part = await openPart(file)
  try {
    await part.handle.truncate(0)
    for await (const chunk of archiveOf(reference, pulled, blobs)) await part.handle.writeFile(chunk)
    await part.handle.sync()
    await rename(part.path, file)
  } catch (thrown) {
    await rm(part.path, { force: true })
    throw isDiskFull(thrown) ? diskFull(reference, file, { cause: thrown }) : thrown
  } finally {
    await part.handle.close()
  }
}

async function* archiveOf(
  reference: string,
  pulled: Pulled,
  blobs: ReadonlyMap<string, string>,
): AsyncGenerator<Buffer> {
  yield* text('oci-layout', { imageLayoutVersion: '1.0.0' })
  yield* text('index.json', indexOf(reference, pulled))
  yield* text('manifest.json', [
    {
      Config: pathOf(pulled.config),
      RepoTags: [reference.replace(/^docker\.io\/(?:library\/)?/, '')],
      Layers: pulled.layers.map(pathOf),
    },
  ])
  yield* content(pathOf(pulled), pulled.manifest)
  for (const [digest, path] of blobs) {
    const { size } = await stat(path)
    yield tarHeader({ path: pathOf({ digest }), size })
    yield* createReadStream(path) as AsyncIterable<Buffer>
    yield tarPadding(size)
  }
  yield tarEnd()
}

const pathOf = ({ digest }: Pick<Blob, 'digest'>) => `blobs/${digest.replace(':', '/')}`

/** containerd takes the image's name from its annotation, others the tag. */
const indexOf = (reference: string, { digest, mediaType, manifest }: Pulled) => ({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [
    {
      mediaType,
      digest,
      size: manifest.length,
      annotations: {
        'io.containerd.image.name': reference,
        'org.opencontainers.image.ref.name': reference.slice(reference.lastIndexOf(':') + 1),
      },
    },
  ],
})

const text = (path: string, value: unknown) => content(path, Buffer.from(JSON.stringify(value)))

function* content(path: string, bytes: Buffer): Generator<Buffer> {
  yield tarHeader({ path, size: bytes.length })
  yield bytes
  yield tarPadding(bytes.length)
}
