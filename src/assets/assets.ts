import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT, LabError } from '../base/errors.ts'
import type { Paths } from '../base/paths.ts'
import { loadedBundle } from './bundle/loaded-bundle.ts'
import { download, type FetchOptions } from './download.ts'
import { downloadText } from './download-text.ts'
import { imageArchive } from './image-archive.ts'
import { fullReference } from './image-name.ts'
import { inventory, type Part } from './inventory.ts'
import { IMAGES_FOLDER, type Located, locationsOf } from './located.ts'
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
  /** Labs whose images need not be asked for, as a loaded bundle's archives hold them. */
  labsHeld(): readonly string[]
  /** What of it is where, and what would be downloaded. */
  inventory(of: 'k3s' | 'calico'): readonly Part[]
}

export interface AssetsOptions {
  readonly paths: Pick<Paths, 'cache'>
  readonly env: NodeJS.ProcessEnv
  /** Of the machines; this computer's when absent. */
  readonly arch?: Arch
}

export function assetsOf({ paths, env, arch = archOf() }: AssetsOptions): Assets {
  const { cache } = paths
  const place = { cache, env, arch }
  const at = () => locationsOf(place)
  const obtain = async (located: Located | undefined, file: ReleaseFile, fetching: Fetching) =>
    located?.files[0] ?? (await cached(file, cache, { ...fetching, env }))
  const images = async (names: readonly string[], fetching: Fetching) => {
    const archives: string[] = []
    if (env['KNET_K3S_IMAGES']) return archives
    const bundle = loadedBundle(cache, arch)
    // One after another: their progress is one line.
    for (const name of names) {
      const reference = fullReference(name)
      archives.push(
        bundle?.file('image', reference) ??
          (await imageArchive(reference, arch, join(cache, IMAGES_FOLDER), { ...fetching, env })),
      )
    }
    return archives
  }
  return {
    async k3s(fetching) {
      const version = k3sVersion(env)
      const [program, archives] = [at().k3s(), at().k3sImages()]
      return {
        version: program ? program.version : version,
        bin: await obtain(program, k3sProgram(version, arch), fetching),
        images: archives?.files ?? [await obtain(undefined, k3sImages(version, arch), fetching)],
        labImages: at().labImages()?.files ?? [],
      }
    },
    calicoManifest: async (fetching) => obtain(at().calicoManifest(), calicoManifest(), fetching),
    calicoImages: async (fetching) => at().calicoImages()?.files ?? (await images(CALICO_IMAGES, fetching)),
    calicoctl: async (fetching) => obtain(at().calicoctl(), calicoctlProgram(arch), fetching),
    images,
    labsHeld: () => at().labsHeld(),
    inventory: (of) => inventory(place, of),
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

/**
 * What machines run on, as Node.js or Docker call it; this computer's when absent.
 * @throws LabError KNET_ASSET for what k3s and Calico are not made for.
 */
export function archOf(name: string = process.arch): Arch {
  if (name === 'x64' || name === 'amd64') return 'amd64'
  if (name === 'arm64') return 'arm64'
  throw new LabError('KNET_ASSET', {
    message: `There is no k3s and no Calico for this kind of processor (${name}); labs with a cluster run on amd64 and arm64.`,
    hint: 'The sandbox needs neither: knet-labs start flannel --driver sandbox',
    exitCode: EXIT.unavailable,
  })
}
