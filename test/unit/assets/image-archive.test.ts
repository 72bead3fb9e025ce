import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { imageArchive } from '../../../src/assets/image-archive.ts'
import { temporaryFolder } from '../../helpers/lab-folder.ts'
import { registry } from '../../helpers/registry.ts'

const LAYERS = [Buffer.alloc(70_000, 'layer'), Buffer.from('small')]

function folder(): string {
  const { path } = temporary()
  return path
}

function temporary() {
  const made = temporaryFolder()
  onTestFinished(() => made.remove())
  return made
}

/** What tar(1) finds in an archive. */
const inside = (archive: string, path: string) =>
  execFileSync('tar', ['--extract', '--to-stdout', '--file', archive, path])
const json = (archive: string, path: string) => JSON.parse(inside(archive, path).toString()) as unknown

const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

test('an image becomes an archive that names it, holds what its digests say, and is made once', async () => {
  const { reference, asked } = await registry('calico/node:v3', { amd64: LAYERS })
  const place = folder()
  const archive = await imageArchive(reference, 'amd64', place, { env: {} })
  expect(readdirSync(place).sort()).toEqual(['blobs', archive.slice(place.length + 1)].sort())
  expect(readdirSync(join(place, 'blobs'))).toEqual([])
  const [entry] = json(archive, 'manifest.json') as { Config: string; RepoTags: string[]; Layers: string[] }[]
  expect(entry?.RepoTags).toEqual([reference])
  expect(entry?.Layers.map((path) => sum(inside(archive, path)))).toEqual(LAYERS.map(sum))
  expect(JSON.parse(inside(archive, entry?.Config ?? '').toString())).toMatchObject({ architecture: 'amd64' })
  const index = json(archive, 'index.json') as {
    manifests: { digest: string; annotations: object; size: number }[]
  }
  const [manifest] = index.manifests
  expect(manifest?.annotations).toMatchObject({ 'io.containerd.image.name': reference })
  const bytes = inside(archive, `blobs/${manifest?.digest.replace(':', '/')}`)
  expect({ digest: `sha256:${sum(bytes)}`, size: bytes.length }).toMatchObject({
    digest: manifest?.digest,
    size: manifest?.size,
  })
  expect(json(archive, 'oci-layout')).toEqual({ imageLayoutVersion: '1.0.0' })
  const count = asked.length
  expect(await imageArchive(reference, 'amd64', place, { env: {} })).toBe(archive)
  expect(asked).toHaveLength(count)
})

test('of an image for several architectures the one of the machines is taken', async () => {
  const { reference } = await registry('a/b:1', { amd64: [LAYERS[0]!], arm64: [LAYERS[1]!] })
  const archive = await imageArchive(reference, 'arm64', folder(), { env: {} })
  const [entry] = json(archive, 'manifest.json') as { Layers: string[] }[]
  expect(entry?.Layers.map((path) => inside(archive, path).toString())).toEqual(['small'])
})

test('an image that is not there for the architecture, or not there at all, is told', async () => {
  const { reference } = await registry('a/b:1', { amd64: LAYERS, s390x: LAYERS })
  const wanted = (name: string) => imageArchive(name, 'arm64', folder(), { env: {} })
  await expect(wanted(reference)).rejects.toMatchObject({
    code: 'KNET_DOWNLOAD',
    message: expect.stringContaining('there is none for arm64') as string,
  })
  await expect(wanted(reference.replace(':1', ':2'))).rejects.toMatchObject({
    message: expect.stringMatching(/a\/b:?.*:2 can't be downloaded.*404/) as string,
  })
})

test('a layer that is not what its digest says is thrown away', async () => {
  const { reference } = await registry('a/b:1', { amd64: LAYERS }, { corrupt: true })
  const place = folder()
  await expect(imageArchive(reference, 'amd64', place, { env: {} })).rejects.toMatchObject({
    code: 'KNET_CHECKSUM',
  })
  expect(readdirSync(place)).toEqual(['blobs'])
})
