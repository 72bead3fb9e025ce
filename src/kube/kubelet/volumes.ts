import { posix } from 'node:path'
import type { Container, Pod } from '../objects.ts'
import { fieldValue, resourceValue, type PodFacts } from './pod-fields.ts'
import { MissingReference, type Contents, type References } from './references.ts'
import type { ContainerSpec } from './runtime.ts'

type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number]
type Projection = NonNullable<NonNullable<Volume['projected']>['sources']>[number]
interface File {
  readonly content: string | Uint8Array
  readonly mode: number
}
/** A volume is files that the kubelet writes, or a path of the node. */
export type ResolvedVolume =
  | { readonly files: ReadonlyMap<string, File> }
  | { readonly hostPath: string; readonly isFile?: boolean }

export interface VolumeInputs {
  readonly pod: Pod
  readonly facts: PodFacts
  readonly references: References
  /** A token for the pod's service account. */
  readonly tokenFor: (pod: Pod) => string | Promise<string>
}

const MODE = 0o644
/** Types of a hostPath that is no folder, though it may be missing. */
const FILES = new Set(['FileOrCreate', 'File'])

/** @throws MissingReference with the words of FailedMount */
export async function resolveVolumes(inputs: VolumeInputs): Promise<Map<string, ResolvedVolume>> {
  const resolved = new Map<string, ResolvedVolume>()
  for (const volume of inputs.pod.spec?.volumes ?? []) {
    try {
      resolved.set(volume.name, await resolve(volume, inputs))
    } catch (error) {
      if (!(error instanceof MissingReference)) throw error
      throw new MissingReference(`MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`)
    }
  }
  return resolved
}

async function resolve(volume: Volume, inputs: VolumeInputs): Promise<ResolvedVolume> {
  const { hostPath, projected } = volume
  if (hostPath) {
    return { hostPath: hostPath.path, ...(FILES.has(hostPath.type ?? '') && { isFile: true }) }
  }
  if (projected) {
    const files = new Map<string, File>()
    for (const source of projected.sources ?? []) {
      for (const [path, file] of await project(source, projected.defaultMode ?? MODE, inputs))
        files.set(path, file)
    }
    return { files }
  }
  const { configMap, secret, downwardAPI } = volume
  const mode = configMap?.defaultMode ?? secret?.defaultMode ?? downwardAPI?.defaultMode ?? MODE
  if (configMap ?? secret ?? downwardAPI) {
    const source: Projection = {
      ...(configMap && { configMap }),
      ...(secret && { secret: { ...secret, name: secret.secretName ?? '' } }),
      ...(downwardAPI && { downwardAPI }),
    }
    return { files: await project(source, mode, inputs) }
  }
  // emptyDir; any other kind of volume is an empty directory too.
  const { uid } = inputs.pod.metadata
  return { hostPath: `/var/lib/kubelet/pods/${uid}/volumes/kubernetes.io~empty-dir/${volume.name}` }
}

async function project(source: Projection, mode: number, inputs: VolumeInputs): Promise<Map<string, File>> {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source
  const { references } = inputs
  if (configMap) {
    const contents = await references.configMap(configMap.name ?? '', configMap.optional)
    return pick(contents, { ...configMap, mode, kind: 'configmap' })
  }
  if (secret) {
    const contents = await references.secret(secret.name ?? '', secret.optional)
    return pick(contents, { ...secret, mode, kind: 'secret' })
  }
  const files = new Map<string, File>()
  for (const item of downwardAPI?.items ?? []) {
    files.set(item.path, { content: downward(item, inputs), mode: item.mode ?? mode })
  }
  if (serviceAccountToken) {
    files.set(serviceAccountToken.path, { content: await inputs.tokenFor(inputs.pod), mode })
  }
  return files
}

function downward(
  item: NonNullable<NonNullable<Volume['downwardAPI']>['items']>[number],
  { pod, facts }: VolumeInputs,
): string {
  const { fieldRef, resourceFieldRef: ref } = item
  if (fieldRef) return fieldValue(fieldRef.fieldPath, pod, facts) ?? ''
  const container = pod.spec?.containers.find(({ name }) => name === ref?.containerName)
  return ref ? resourceValue(ref, container) : ''
}

interface KeyChoice {
  readonly kind: string
  readonly name?: string
  readonly mode: number
  readonly optional?: boolean
  readonly items?: readonly { key: string; path: string; mode?: number }[]
}

/** All keys, or those that are named. */
function pick(contents: Contents, { kind, mode, optional, items }: KeyChoice): Map<string, File> {
  const wanted = items ?? Object.keys(contents).map((key) => ({ key, path: key, mode }))
  const files = new Map<string, File>()
  for (const { key, path, mode: own } of wanted) {
    const content = Object.hasOwn(contents, key) ? contents[key] : undefined
    if (content !== undefined) files.set(path, { content, mode: own ?? mode })
    else if (!optional) throw new MissingReference(`${kind} references non-existent config key: ${key}`)
  }
  return files
}

/** What a container sees of the pod's volumes. */
export function mountsOf(
  container: Container,
  volumes: ReadonlyMap<string, ResolvedVolume>,
): Pick<ContainerSpec, 'files' | 'mounts'> {
  const files: ContainerSpec['files'][number][] = []
  const mounts: ContainerSpec['mounts'][number][] = []
  for (const { name, mountPath, subPath = '', readOnly = false } of container.volumeMounts ?? []) {
    const volume = volumes.get(name)
    if (volume && 'hostPath' in volume) {
      const hostPath = posix.join(volume.hostPath, subPath)
      mounts.push({ hostPath, mountPath, readOnly, ...(volume.isFile && { isFile: true }) })
    }
    for (const [path, file] of volume && 'files' in volume ? volume.files : []) {
      const at = placed(path, mountPath, subPath)
      if (at) files.push({ path: at, ...file })
    }
  }
  return { files, mounts }
}

/** With a subPath the mount point is that file, or that directory of the volume. */
function placed(path: string, mountPath: string, subPath: string): string | undefined {
  if (!subPath) return posix.join(mountPath, path)
  if (path === subPath) return mountPath
  return path.startsWith(`${subPath}/`) ? posix.join(mountPath, path.slice(subPath.length + 1)) : undefined
}
