import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { archOf } from '../assets/assets.ts'
import { bundleError, type BundleFile, type BundleManifest } from '../assets/bundle/bundle-manifest.ts'
import { adoptBundle, loadedBundle, stagingFolder } from '../assets/bundle/loaded-bundle.ts'
import { readBundleManifest, unpackBundle } from '../assets/bundle/read-bundle.ts'
import type { ImageStore } from '../machine/image-store.ts'
import { archOfImage } from './bundle-create.ts'
import type { App } from './compose.ts'
import { downloadProgress } from './download-progress.ts'
import { version } from './version.ts'

export interface LoadOptions {
  readonly withImage: boolean
  /** Take a machines' image of another knet-labs too. */
  readonly otherImage: boolean
}

/** A bundle's list, of a file or of what is loaded. @throws LabError KNET_BUNDLE */
export async function findBundle(app: App, file: string | undefined): Promise<BundleManifest | undefined> {
  return file === undefined
    ? loadedBundle(app.paths.cache)?.manifest
    : await readBundleManifest(file, app.signal)
}

/**
 * Makes a bundle's files those that labs take, and its image one of Docker's. Nothing has changed when this fails.
 * @throws LabError KNET_BUNDLE for one that is damaged or not for here, KNET_DOCKER, KNET_DISK.
 */
export async function loadBundle(app: App, file: string, options: LoadOptions): Promise<BundleManifest> {
  const { output, paths, signal } = app
  const listed = await readBundleManifest(file, signal)
  const image = options.withImage ? listed.files.find(({ role }) => role === 'node-image') : undefined
  const store = image && (await app.imageStore())
  requireArch(listed, file, store)
  if (image && store && !options.otherImage) requireSameImage(listed, image, file, store)
  const staging = await stagingFolder(paths.cache)
  try {
    const manifest = await unpackBundle(file, staging, { onProgress: downloadProgress(output), signal })
    if (image && store) await intoDocker(app, store, image, staging)
    // Docker has it.
    await rm(join(staging, image?.path ?? 'none'), { force: true })
    const kept = {
      ...manifest,
      files: manifest.files.filter(({ role }) => role !== 'node-image'),
      ...(image && store ? nodeImageOf(image, store, loadedBundle(paths.cache)?.manifest) : {}),
    }
    await adoptBundle(paths.cache, staging, kept)
    if (listed.knetLabs !== version())
      output.notice(`knet-labs ${listed.knetLabs} made this bundle, and this is ${version()}.`)
    return manifest
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

/** What labs are to take from now on: nothing is said of what they want anyway, but for a bundle that is loaded once more. */
function nodeImageOf(
  { name }: BundleFile,
  store: ImageStore,
  before: BundleManifest | undefined,
): Pick<BundleManifest, 'nodeImage'> {
  return name !== store.name || name === before?.nodeImage ? { nodeImage: name } : {}
}

function requireArch({ arch }: BundleManifest, file: string, store: ImageStore | undefined): void {
  const here = store ? archOfImage(store) : archOf(process.arch)
  if (arch === here) return
  const hint = `Make one where machines are ${here}: knet-labs bundle create`
  throw bundleError(file, `is for machines of ${arch}, and those here are ${here}`, hint)
}

function requireSameImage(
  { knetLabs }: BundleManifest,
  image: BundleFile,
  file: string,
  { name }: ImageStore,
): void {
  if (image.name === name) return
  const why = `has the machines' image ${image.name}, taken along by knet-labs ${knetLabs}, and labs here want ${name}`
  const take = `knet-labs bundle load --other-image ${file}`
  throw bundleError(
    file,
    why,
    `Make it with this knet-labs (${version()}), or have labs take that image: ${take}`,
  )
}

async function intoDocker(
  { output, signal }: App,
  store: ImageStore,
  image: BundleFile,
  folder: string,
): Promise<void> {
  const { name = '', path } = image
  const onProgress = downloadProgress(output)
  const what = `${name} into Docker`
  async function* counted(): AsyncGenerator<Buffer> {
    let bytes = 0
    for await (const chunk of createReadStream(join(folder, path), { signal })) {
      yield chunk as Buffer
      onProgress({ what, bytes: (bytes += (chunk as Buffer).length), total: image.size })
    }
  }
  await store.load(Readable.from(counted()))
  if (!(await store.has(name)))
    throw bundleError(folder, `brought no image ${name}: Docker does not have it now`)
}
