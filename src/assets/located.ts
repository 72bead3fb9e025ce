import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { GIVEN, type Role } from './bundle/bundle-manifest.ts'
import { type LoadedBundle, loadedBundle } from './bundle/loaded-bundle.ts'
import { givenArchives, givenFile } from './given.ts'
import { archiveName } from './image-archive.ts'
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

/** What is on this host already, and since when: a variable names it, a loaded bundle brought it, or it was downloaded. */
export interface Located {
  readonly from: 'given' | 'bundle' | 'cache'
  readonly files: readonly string[]
  /** Of k3s; undefined of a given program. */
  readonly version?: string | undefined
}

/** Where each part of a real cluster is. Undefined: it has to be downloaded. All throw LabError KNET_ASSET. */
export interface Locations {
  k3s(): Located | undefined
  k3sImages(): Located | undefined
  calicoManifest(): Located | undefined
  calicoImages(): Located | undefined
  calicoctl(): Located | undefined
  /** Of what pods of labs run; nothing downloads all of them but `bundle create`. */
  labImages(): Located | undefined
  /** Labs that a bundle is for which was made of given archives alone: these are taken to hold all that they need. */
  labsHeld(): readonly string[]
}

export interface Place {
  readonly cache: string
  readonly env: NodeJS.ProcessEnv
  readonly arch: Arch
}

/** Images of registries, below the cache's folder. */
export const IMAGES_FOLDER = 'images'

/** Given files go before those of a bundle, and these before the cache. */
export function locationsOf({ cache, env, arch }: Place): Locations {
  const bundle = loadedBundle(cache, arch)
  const asked = env['KNET_K3S_VERSION'] ? k3sVersion(env) : undefined
  const k3sOfBundle = asked === undefined || asked === bundle?.manifest.k3sVersion ? bundle : undefined
  const given = (files: readonly string[] | undefined) => files && ({ from: 'given', files } as const)
  const givenOne = (file: string | undefined) => given(file === undefined ? undefined : [file])
  const allGiven = () => given(givenArchives(env, 'KNET_K3S_IMAGES'))
  const brought = (role: Role, of: LoadedBundle | undefined) => {
    const files = of?.files(role) ?? []
    return files.length > 0 ? ({ from: 'bundle', files } as const) : undefined
  }
  const kept = (paths: readonly string[]) => {
    const files = paths.map((path) => join(cache, path))
    return files.every((file) => existsSync(file)) ? ({ from: 'cache', files } as const) : undefined
  }
  const keptFile = ({ path }: ReleaseFile) => kept([path])
  const withVersion = (located: Located | undefined, version: string | undefined) =>
    located && { ...located, version }
  return {
    k3s: () =>
      givenOne(givenFile(env, 'KNET_K3S_BIN')) ??
      withVersion(brought('k3s', k3sOfBundle), bundle?.manifest.k3sVersion) ??
      withVersion(keptFile(k3sProgram(k3sVersion(env), arch)), k3sVersion(env)),
    // A given program pulls its own, unless they are given too: whose version it is nobody knows.
    k3sImages: () =>
      allGiven() ??
      (env['KNET_K3S_BIN'] ? given([]) : undefined) ??
      brought('k3s-images', k3sOfBundle) ??
      keptFile(k3sImages(k3sVersion(env), arch)),
    calicoManifest: () =>
      givenOne(givenFile(env, 'KNET_CALICO_MANIFEST')) ??
      brought('calico-manifest', bundle) ??
      keptFile(calicoManifest()),
    // Given archives of k3s' are all that there are, in a bundle that was made of such too.
    calicoImages: () =>
      given(givenArchives(env, 'KNET_CALICO_IMAGES')) ??
      (env['KNET_K3S_IMAGES'] ? given([]) : undefined) ??
      (bundle?.file('calico-manifest')
        ? { from: 'bundle', files: bundle.files('calico-images') }
        : undefined) ??
      kept(CALICO_IMAGES.map((name) => join(IMAGES_FOLDER, archiveName(name, arch)))),
    calicoctl: () =>
      givenOne(givenFile(env, 'KNET_CALICOCTL')) ??
      brought('calicoctl', bundle) ??
      keptFile(calicoctlProgram(arch)),
    labImages: () => (env['KNET_K3S_IMAGES'] ? given([]) : brought('image', bundle)),
    labsHeld() {
      const { files = [], labs = [] } = k3sOfBundle?.manifest ?? {}
      const isGiven = files.some(({ role, path }) => role === 'k3s-images' && path.startsWith(GIVEN))
      return isGiven && !files.some(({ role }) => role === 'image') ? labs : []
    },
  }
}
