import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT, LabError } from '../base/errors.ts'
import type { Paths } from '../base/paths.ts'
import type { Role } from './bundle/bundle-manifest.ts'
import { loadedBundle } from './bundle/loaded-bundle.ts'
import { download, type FetchOptions } from './download.ts'
import { givenArchives, givenFile } from './given.ts'
import { imageArchive } from './image-archive.ts'
import { downloadText } from './download-text.ts'
import { fullReference } from './image-name.ts'
import { publishedSum } from './published-sum.ts'
import {
  type Arch,
  CALICO_IMAGES,
  calicoctlProgram,
  calicoManifest,
  k3sImages,
  k3sProgram,
  k3sVersion,
  type ReleaseFile,
} from './releases.ts'

/** Without `env`, which the assets know. */
export type Fetching = Omit<FetchOptions, 'env'>

export interface K3s {
  /** Undefined of a given program. */
  readonly version: string | undefined
  /** The program, on this host. */
  readonly bin: string
  /** Archives for /var/lib/rancher/k3s/agent/images; none with a given program and no given images: then k3s pulls them. */
  readonly images: readonly string[]
  /** Archives of what pods of labs run, where a bundle brought them; else they are pulled. */
  readonly labImages: readonly string[]
}

/**
 * What real clusters need from outside, as files on this host: given ones (KNET_…), those of a loaded bundle, or from the
 * cache, where they are brought when first asked for.
 * All throw LabError KNET_ASSET, KNET_DOWNLOAD, KNET_CHECKSUM or KNET_DISK.
 */
export interface Assets {
  k3s(fetching: Fetching): Promise<K3s>
  /** Calico's own manifest, as published: YAML. */
  calicoManifest(fetching: Fetching): Promise<string>
  /** Archives of the images that it names; none where KNET_K3S_IMAGES holds all that there are. */
  calicoImages(fetching: Fetching): Promise<readonly string[]>
  calicoctl(fetching: Fetching): Promise<string>
  /** Archives of the images of labs, one each, by the names that pods have for them; none where KNET_K3S_IMAGES holds all. */
  images(names: readonly string[], fetching: Fetching): Promise<readonly string[]>
}

export interface AssetsOptions {
  readonly paths: Pick<Paths, 'cache'>
  readonly env: NodeJS.ProcessEnv
  /** Of the machines; this computer's when absent. */
  readonly arch?: Arch
}

export function assetsOf({ paths, env, arch = archOf(process.arch) }: AssetsOptions): Assets {
  const obtain = (file: ReleaseFile, fetching: Fetching) => cached(file, paths.cache, { ...fetching, env })
  const loaded = loadedBundle(paths.cache, arch)
  const brought = (role: Role) => {
    const files = loaded?.files(role) ?? []
    return files.length > 0 ? files : undefined
  }
  const images = async (names: readonly string[], fetching: Fetching) => {
    const archives: string[] = []
    if (env['KNET_K3S_IMAGES']) return archives
    // One after another: their progress is one line.
    for (const name of names) {
      const reference = fullReference(name)
      archives.push(
        loaded?.file('image', reference) ??
          (await imageArchive(reference, arch, join(paths.cache, 'images'), { ...fetching, env })),
      )
    }
    return archives
  }
  return {
    async k3s(fetching) {
      const version = k3sVersion(env)
      const given = { bin: givenFile(env, 'KNET_K3S_BIN'), images: givenArchives(env, 'KNET_K3S_IMAGES') }
      const labImages = given.images ? [] : (brought('image') ?? [])
      if (given.bin) return { version: undefined, bin: given.bin, images: given.images ?? [], labImages }
      const [bin] = env['KNET_K3S_VERSION'] ? [] : (brought('k3s') ?? [])
      if (bin) {
        const images = given.images ?? brought('k3s-images') ?? []
        return { version: loaded?.manifest.k3sVersion, bin, images, labImages }
      }
      return {
        version,
        bin: await obtain(k3sProgram(version, arch), fetching),
        images: given.images ?? [await obtain(k3sImages(version, arch), fetching)],
        labImages,
      }
    },
    calicoManifest: async (fetching) =>
      givenFile(env, 'KNET_CALICO_MANIFEST') ??
      loaded?.file('calico-manifest') ??
      (await obtain(calicoManifest(), fetching)),
    calicoImages: async (fetching) =>
      givenArchives(env, 'KNET_CALICO_IMAGES') ??
      (env['KNET_K3S_IMAGES'] ? [] : undefined) ??
      brought('calico-images') ??
      (await images(CALICO_IMAGES, fetching)),
    calicoctl: async (fetching) =>
      givenFile(env, 'KNET_CALICOCTL') ??
      loaded?.file('calicoctl') ??
      (await obtain(calicoctlProgram(arch), fetching)),
    images,
  }
}

async function cached(file: ReleaseFile, cache: string, options: FetchOptions): Promise<string> {
  const path = join(cache, file.path)
  if (existsSync(path)) return path
  const { sha256, contains } = file
  if (sha256 === undefined && contains) await downloadText({ ...file, contains }, path, options)
  else await download({ ...file, sha256: sha256 ?? (await publishedSum(file, options)) }, path, options)
  return path
}

/** @throws LabError KNET_ASSET for what k3s and Calico are not made for. */
export function archOf(nodeArch: string): Arch {
  if (nodeArch === 'x64') return 'amd64'
  if (nodeArch === 'arm64') return 'arm64'
  throw new LabError('KNET_ASSET', {
    message: `There is no k3s and no Calico for this kind of processor (${nodeArch}); labs with a cluster run on x64 and arm64.`,
    hint: 'The sandbox needs neither: knet-labs start flannel --driver sandbox',
    exitCode: EXIT.unavailable,
  })
}
