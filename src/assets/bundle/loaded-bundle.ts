import { readFileSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ownName, removeLeftBehind } from '../left-behind.ts'
import type { Arch } from '../releases.ts'
import type { BundleManifest, Role } from './bundle-manifest.ts'

/** A bundle's first file. */
export const MANIFEST_PATH = 'knet-bundle.json'

/** The files of the bundle that was loaded last: they go before downloads, so that no network is asked for. */
export interface LoadedBundle {
  readonly manifest: BundleManifest
  readonly folder: string
  /** The first file of that kind, of that name when one is given. */
  file(role: Role, name?: string): string | undefined
  files(role: Role): string[]
}

/** @param arch of the machines: a bundle for others is none. */
export function loadedBundle(cache: string, arch?: Arch): LoadedBundle | undefined {
  const folder = join(cache, 'bundle')
  const manifest = readManifest(folder)
  if (!manifest || (arch && manifest.arch !== arch)) return undefined
  const files = (role: Role, name?: string) =>
    manifest.files
      .filter((file) => file.role === role && (name === undefined || file.name === name))
      .map(({ path }) => join(folder, path))
  return { manifest, folder, files, file: (role, name) => files(role, name)[0] }
}

/** What was written when it was loaded, and checked then. */
function readManifest(folder: string): BundleManifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, MANIFEST_PATH), 'utf8')) as BundleManifest
  } catch {
    return undefined
  }
}

/** A folder to unpack a bundle into; what loads that were killed have left is removed. */
export async function stagingFolder(cache: string): Promise<string> {
  await mkdir(cache, { recursive: true })
  for (const prefix of [STAGING, REMOVED]) await removeLeftBehind(cache, prefix)
  return join(cache, ownName(STAGING))
}

const STAGING = 'bundle-new'
const REMOVED = 'bundle-old'

/** Makes what was unpacked the loaded bundle, in the place of the one before; of two at once the later one's stays. */
export async function adoptBundle(cache: string, staging: string, manifest: BundleManifest): Promise<void> {
  await writeFile(join(staging, MANIFEST_PATH), JSON.stringify(manifest))
  for (;;) {
    await removeBundle(cache)
    try {
      return await rename(staging, join(cache, 'bundle'))
    } catch (thrown) {
      if (!['ENOTEMPTY', 'EEXIST'].includes((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown
    }
  }
}

/** @returns whether there was one. */
export async function removeBundle(cache: string): Promise<boolean> {
  const old = join(cache, ownName(REMOVED))
  try {
    await rename(join(cache, 'bundle'), old)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw thrown
  }
  await rm(old, { recursive: true, force: true })
  return true
}
