import { type Located, locationsOf, type Place } from './located.ts'
import {
  CALICO_IMAGES_MEGABYTES,
  CALICO_VERSION,
  calicoctlProgram,
  calicoManifest,
  k3sImages,
  k3sProgram,
  k3sVersion,
} from './releases.ts'

/** A part of real clusters, and where it would come from now. */
export interface Part {
  /** For people: "k3s v1.24.1+k3s1". */
  readonly what: string
  readonly from: Located['from'] | 'download'
  readonly files: readonly string[]
  /** About, of what is to be downloaded. */
  readonly megabytes?: number
}

/** What of k3s or Calico is on this host. Asks no network. @throws LabError KNET_ASSET for given files that can't be read. */
export function inventory(place: Place, of: 'k3s' | 'calico'): Part[] {
  const at = locationsOf(place)
  const version = k3sVersion(place.env)
  const { arch } = place
  if (of === 'k3s') {
    const program = at.k3s()
    const name = program ? (program.version ?? '') : version
    return [
      part({ ...k3sProgram(version, arch), what: `k3s ${name}`.trim() }, program),
      part({ ...k3sImages(version, arch), what: `images of k3s ${name}`.trim() }, at.k3sImages()),
    ]
  }
  const images = { what: `images of Calico ${CALICO_VERSION}`, megabytes: CALICO_IMAGES_MEGABYTES }
  return [
    part(calicoManifest(), at.calicoManifest()),
    part(images, at.calicoImages()),
    part(calicoctlProgram(arch), at.calicoctl()),
  ]
}

function part(
  { what, megabytes }: { readonly what: string; readonly megabytes: number },
  located: Located | undefined,
): Part {
  return located
    ? { what, from: located.from, files: located.files }
    : { what, from: 'download', files: [], megabytes }
}

/** What is to be downloaded: its parts, and about how many megabytes they are. */
export function dueOf(parts: readonly Part[]): {
  readonly parts: readonly Part[]
  readonly megabytes: number
} {
  const due = parts.filter(({ from }) => from === 'download')
  return { parts: due, megabytes: due.reduce((sum, { megabytes = 0 }) => sum + megabytes, 0) }
}
