import { EXIT, LabError } from '../base/errors.ts'
import type { Variable } from './given.ts'
import pins from './pins.json' with { type: 'json' }

/** What machines run on, as Go and container images call it. */
export type Arch = 'amd64' | 'arm64'

/** A file of a release. */
export interface ReleaseFile {
  /** For people: "k3s v1.24.1+k3s1". */
  readonly what: string
  readonly url: string
  /** Where it is kept, below the cache's folder. */
  readonly path: string
  /** As pinned; absent where none could be known when this was written. */
  readonly sha256?: string | undefined
  /** Where the release publishes the sums of its files, in the form of sha256sum(1). */
  readonly sums?: string
  /** Of a text that nobody publishes a sum of: what it must have in it. */
  readonly contains?: readonly string[]
  /** Where it is as well: addresses of documentation move. */
  readonly mirrors?: readonly string[]
  readonly executable?: boolean
  /** About: what people wait and pay for. */
  readonly megabytes: number
  /** Names a file to take instead. */
  readonly given: Variable
}

/** The k3s that labs run on, unless KNET_K3S_VERSION says another. */
export const K3S_VERSION = 'v1.24.1+k3s1'
/** The Calico that the labs are written for. */
export const CALICO_VERSION = 'v3.23.5'

const K3S = 'https://github.com/k3s-io/k3s/releases/download'
const CALICO = 'https://github.com/projectcalico/calico/releases/download'
const CALICO_MANIFESTS = 'https://docs.tigera.io/archive/v3.23/manifests'
/** Where the same documentation was before. */
const CALICO_MANIFEST_MIRRORS = [
  'https://projectcalico.docs.tigera.io/archive/v3.23/manifests',
  'https://docs.projectcalico.org/archive/v3.23/manifests',
]

type Sums = Readonly<Record<string, Readonly<Record<string, string>>>>
const sumsOf = (product: keyof typeof pins, version: string) => (pins[product] as Sums)[version] ?? {}

/** The sum of a file of a release, by its path in the cache; undefined where none is pinned. */
export function pinnedSum(path: string): string | undefined {
  const [product = '', version = '', name = ''] = path.split('/')
  return product in pins ? sumsOf(product as keyof typeof pins, version)[name] : undefined
}

/** Releases before it have no images compressed by zstd, and lack flags that machines are set up with. */
const OLDEST_MINOR = 21

/**
 * The version that is asked for, as releases are called. Taken as well: without the release of k3s (`v1.30.4`, the first), and as
 * tags of container images have it (`v1.30.4-k3s1`).
 * @throws LabError KNET_USAGE when KNET_K3S_VERSION is none.
 */
export function k3sVersion(env: NodeJS.ProcessEnv): string {
  const asked = env['KNET_K3S_VERSION'] || K3S_VERSION
  const [, version, minor, release = 'k3s1'] = /^v?(1\.(\d+)\.\d+)(?:[+-](k3s\d+))?$/.exec(asked) ?? []
  if (version && Number(minor) >= OLDEST_MINOR) return `v${version}+${release}`
  throw new LabError('KNET_USAGE', {
    message: `"${asked}" is no version of k3s that labs can run on (KNET_K3S_VERSION or --k3s-version).`,
    hint: `From v1.${OLDEST_MINOR}.0 on, such as ${K3S_VERSION}; all of them: https://github.com/k3s-io/k3s/releases`,
    exitCode: EXIT.usage,
  })
}

/** k3s's program. */
export function k3sProgram(version: string, arch: Arch): ReleaseFile {
  const name = arch === 'amd64' ? 'k3s' : 'k3s-arm64'
  return {
    ...k3sFile(version, arch, name),
    what: `k3s ${version}`,
    executable: true,
    megabytes: 70,
    given: 'KNET_K3S_BIN',
  }
}

/** The images of what k3s itself runs: pause, CoreDNS and others. */
export function k3sImages(version: string, arch: Arch): ReleaseFile {
  return {
    ...k3sFile(version, arch, `k3s-airgap-images-${arch}.tar.zst`),
    what: `images of k3s ${version}`,
    megabytes: 160,
    given: 'KNET_K3S_IMAGES',
  }
}

function k3sFile(
  version: string,
  arch: Arch,
  name: string,
): Omit<ReleaseFile, 'what' | 'given' | 'megabytes'> {
  const release = `${K3S}/${encodeURIComponent(version)}`
  return {
    url: `${release}/${name}`,
    path: `k3s/${version}/${name}`,
    sha256: sumsOf('k3s', version)[name],
    sums: `${release}/sha256sum-${arch}.txt`,
  }
}

export function calicoctlProgram(arch: Arch): ReleaseFile {
  const name = `calicoctl-linux-${arch}`
  return {
    what: `calicoctl ${CALICO_VERSION}`,
    url: `${CALICO}/${CALICO_VERSION}/${name}`,
    path: `calico/${CALICO_VERSION}/${name}`,
    sha256: sumsOf('calico', CALICO_VERSION)[name],
    sums: `${CALICO}/${CALICO_VERSION}/SHA256SUMS`,
    executable: true,
    megabytes: 60,
    given: 'KNET_CALICOCTL',
  }
}

/** The images that Calico's manifest names. */
export const CALICO_IMAGES: readonly string[] = ['cni', 'node', 'kube-controllers'].map(
  (name) => `docker.io/calico/${name}:${CALICO_VERSION}`,
)
/** About, of all of them. */
export const CALICO_IMAGES_MEGABYTES = 240

/** As published for the version; of its releases only an archive of a gigabyte holds it. */
export function calicoManifest(): ReleaseFile {
  return {
    what: `Calico's manifest ${CALICO_VERSION}`,
    url: `${CALICO_MANIFESTS}/calico.yaml`,
    path: `calico/${CALICO_VERSION}/calico.yaml`,
    sha256: sumsOf('calico', CALICO_VERSION)['calico.yaml'],
    contains: CALICO_IMAGES,
    megabytes: 1,
    mirrors: CALICO_MANIFEST_MIRRORS.map((site) => `${site}/calico.yaml`),
    given: 'KNET_CALICO_MANIFEST',
  }
}
