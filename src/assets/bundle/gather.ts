import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, relative } from 'node:path'
import type { Assets, Fetching } from '../assets.ts'
import { EXIT, LabError } from '../../base/errors.ts'
import { checksumError } from '../asset-errors.ts'
import { pinnedSum } from '../releases.ts'
import { type BundleFile, GIVEN, type Role } from './bundle-manifest.ts'

/** What some labs need of a real cluster. */
export interface Needs {
  readonly k3s: boolean
  readonly calico: boolean
  /** Whole references. */
  readonly images: readonly string[]
}

/** A file that goes into a bundle. */
export interface Gathered {
  readonly role: Role
  /** On this host. */
  readonly source: string
  /** In the bundle; that in the cache when absent. */
  readonly path?: string
  readonly name?: string
}

/** All that is needed, on this host; what is not there yet is downloaded. */
export async function gather(
  assets: Assets,
  needs: Needs,
  fetching: Fetching,
): Promise<{ files: Gathered[]; k3sVersion: string | undefined }> {
  const files: Gathered[] = []
  const add = (role: Role, sources: readonly string[]) =>
    files.push(...sources.map((source) => ({ role, source })))
  let k3sVersion: string | undefined
  if (needs.k3s) {
    const k3s = await assets.k3s(fetching)
    if (k3s.images.length === 0) throw noImages(k3s.bin)
    k3sVersion = k3s.version
    add('k3s', [k3s.bin])
    add('k3s-images', k3s.images)
  }
  if (needs.calico) {
    add('calico-manifest', [await assets.calicoManifest(fetching)])
    add('calico-images', await assets.calicoImages(fetching))
    add('calicoctl', [await assets.calicoctl(fetching)])
  }
  for (const name of needs.images) {
    const [source] = await assets.images([name], fetching)
    if (source) files.push({ role: 'image', source, name })
  }
  return { files, k3sVersion }
}

/** Where k3s pulls its own images there is a network. */
const noImages = (program: string) =>
  new LabError('KNET_ASSET', {
    message: `KNET_K3S_BIN names ${program}, and nothing names its images: where there is no network it could not run.`,
    hint: 'export KNET_K3S_IMAGES=<file or folder>, with the images of k3s and of labs; or unset KNET_K3S_BIN to have both downloaded',
    exitCode: EXIT.unavailable,
  })

/**
 * A file as a bundle lists it. What the cache holds keeps its place there; given files get one of their own.
 * @throws LabError KNET_CHECKSUM when the cache's is no longer what was pinned.
 */
export async function describe(
  { role, source, name, path: asked }: Gathered,
  index: number,
  cache: string,
): Promise<BundleFile> {
  const inside = relative(cache, source).replace(/^bundle\//, '')
  const isOurs = !inside.startsWith('..') && !inside.startsWith('/')
  const path =
    asked ?? (isOurs ? inside : `${GIVEN}${index}-${basename(source).replaceAll(/[^\w.+-]/g, '_')}`)
  const { size } = await stat(source)
  const sha256 = await sha256Of(source)
  const expected = pinnedSum(path)
  if (expected && expected !== sha256)
    throw checksumError(basename(source), { from: source, expected, got: sha256 })
  return { role, path, size, sha256, ...(name ? { name } : {}) }
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
