import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { diskFull, isDiskFull } from '../assets/asset-errors.ts'
import { archOf, assetsOf } from '../assets/assets.ts'
import type { BundleManifest } from '../assets/bundle/bundle-manifest.ts'
import { describe, gather, type Gathered } from '../assets/bundle/gather.ts'
import { writeBundle } from '../assets/bundle/write-bundle.ts'
import { ownName, removeLeftBehind } from '../assets/left-behind.ts'
import { type Arch, CALICO_IMAGES } from '../assets/releases.ts'
import { giveToCaller, sudoCaller } from '../base/caller.ts'
import { EXIT, LabError } from '../base/errors.ts'
import type { Lab } from '../lab/lab.ts'
import type { ImageStore } from '../machine/image-store.ts'
import { needsOf } from './bundle-needs.ts'
import type { App } from './compose.ts'
import { downloadProgress } from './download-progress.ts'
import { version } from './version.ts'

export interface CreateOptions {
  readonly file: string
  /** Ids; all when absent. */
  readonly labs: readonly string[] | undefined
  readonly withImage: boolean
}

/** Where images of Docker's are until the bundle is written. */
const SAVED = 'saved-image'

export interface Created {
  readonly manifest: BundleManifest
  readonly bytes: number
}

/** Writes a bundle of what some labs need; what is not on this computer yet is downloaded or built. */
export async function createBundle(
  app: App,
  { file, labs: ids, withImage }: CreateOptions,
): Promise<Created> {
  const labs = await labsOf(app, ids)
  const store = withImage ? await app.imageStore() : undefined
  const arch = store ? archOfImage(store) : archOf(process.arch)
  const { paths, env, signal } = app
  const fetching = { onProgress: downloadProgress(app.output), signal }
  const assets = assetsOf({ paths, env, arch })
  const given = env['KNET_K3S_IMAGES'] ? labs.map(({ id }) => id) : assets.labsHeld()
  const { files, k3sVersion } = await gather(assets, needsOf(labs, given), fetching)
  tellTrusted(
    app,
    labs.filter(({ id, cluster }) => cluster !== 'none' && given.includes(id)),
  )
  const folder = join(paths.cache, ownName(SAVED))
  await mkdir(folder, { recursive: true })
  await removeLeftBehind(paths.cache, SAVED)
  try {
    const all = store ? [await savedImage(app, store, folder), ...files] : files
    app.output.progress('Taking the checksums.')
    const listed = await Promise.all(all.map((one, index) => describe(one, index, paths.cache)))
    const manifest: BundleManifest = {
      format: 1,
      knetLabs: version(),
      arch,
      ...(k3sVersion ? { k3sVersion } : {}),
      labs: labs.map(({ id }) => id),
      files: listed,
    }
    const sources = new Map(all.map(({ source }, index) => [listed[index]?.path ?? '', source]))
    const bytes = await writeBundle(file, manifest, sources, fetching)
    giveToCaller(file, sudoCaller(env))
    return { manifest, bytes }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Archives may be compressed in ways that only k3s reads: what is in them is believed. */
function tellTrusted({ output, env }: App, labs: readonly Lab[]): void {
  if (labs.length === 0) return
  const { calico, images } = needsOf(labs)
  const all = ["k3s's own", ...(calico ? CALICO_IMAGES : []), ...images].join(', ')
  const these = env['KNET_K3S_IMAGES'] ? 'KNET_K3S_IMAGES is' : 'the archives of the loaded bundle are'
  const which = labs.map(({ id }) => id).join(', ')
  output.notice(`No image is downloaded for ${which}: ${these} taken to hold all that they need: ${all}.`)
}

async function labsOf(app: App, ids: readonly string[] | undefined): Promise<Lab[]> {
  if (ids?.length === 0) {
    throw new LabError('KNET_USAGE', {
      message: '--labs names no lab.',
      hint: 'Such as --labs flannel,calico; without it the bundle is for all',
      exitCode: EXIT.usage,
    })
  }
  if (ids) return await Promise.all(ids.map((id) => app.lab(id)))
  return (await app.labs()).flatMap((entry) => ('lab' in entry && entry.lab ? [entry.lab] : []))
}

/** @throws LabError KNET_BUNDLE for machines that have no k3s. */
export function archOfImage({ arch }: ImageStore): Arch {
  if (arch === 'amd64' || arch === 'arm64') return arch
  throw new LabError('KNET_BUNDLE', {
    message: `Docker's machines are of a kind (${arch}) that k3s and Calico are not made for.`,
    hint: 'Choose another daemon with DOCKER_HOST, or leave the image out: --without-image',
    exitCode: EXIT.unavailable,
  })
}

/** The machines' image out of Docker, compressed quickly: it is most of the bundle. */
async function savedImage({ output, signal }: App, store: ImageStore, folder: string): Promise<Gathered> {
  await store.make({ onProgress: (line) => output.progress(line), signal })
  const source = join(folder, 'node-image.tar.gz')
  const what = `the machines' image ${store.name}`
  const onProgress = downloadProgress(output)
  let bytes = 0
  try {
    const saved = await store.save()
    saved.on('data', (chunk: Buffer) => onProgress({ what, bytes: (bytes += chunk.length) }))
    await pipeline(saved, createGzip({ level: 1 }), createWriteStream(source), { signal })
  } catch (thrown) {
    signal.throwIfAborted()
    throw isDiskFull(thrown) ? diskFull(what, source, { cause: thrown }) : thrown
  }
  return { role: 'node-image', source, path: 'node-image.tar.gz', name: store.name }
}
