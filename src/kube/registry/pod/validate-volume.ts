import type { Container, PodSpec } from '../../objects.ts'
import type { FieldError } from '../definition.ts'
import { duplicate, forbidden, invalid, notFound, notSupported, required } from '../field-error.ts'
import { label } from '../names.ts'

type Volume = NonNullable<PodSpec['volumes']>[number]
type Projection = NonNullable<NonNullable<Volume['projected']>['sources']>[number]
/** Common to a volume and to a source of a projected one, whose `secret` is named by another field. */
type FileSources = Pick<Projection, 'configMap' | 'downwardAPI'> & {
  readonly secret?: Pick<NonNullable<Projection['secret']>, 'items'>
}

const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
]

/** Upstream: validatePathNoBacksteps. */
function validateNoBacksteps(path: string | undefined, at: string): FieldError[] {
  return path?.split('/').includes('..') ? [invalid(at, path, "must not contain '..'")] : []
}

/** Upstream: validateLocalDescendingPath. What it lets through stays below what it is joined to. */
function validateDescending(path: string | undefined, at: string): FieldError[] {
  const absolute = path?.startsWith('/') ? [invalid(at, path, 'must be a relative path')] : []
  return [...absolute, ...validateNoBacksteps(path, at)]
}

/** Where a volume has a file. Names with two dots in front are the kubelet's. Upstream: validateLocalNonReservedPath. */
function validateFilePath(path: string | undefined, at: string): FieldError[] {
  if (!path) return [required(at)]
  const reserved = path.startsWith('..') && !path.startsWith('../')
  return [
    ...validateDescending(path, at),
    ...(reserved ? [invalid(at, path, "must not start with '..'")] : []),
  ]
}

/** Which files a volume, or a source of a projected one, is made of. */
function validateFiles({ configMap, secret, downwardAPI }: FileSources, at: string): FieldError[] {
  const keys = ({ items = [] }: { items?: readonly { key?: string; path?: string }[] }, field: string) =>
    items.flatMap(({ key, path }, i) => [
      ...(key ? [] : [required(`${field}.items[${i}].key`)]),
      ...validateFilePath(path, `${field}.items[${i}].path`),
    ])
  return [
    ...keys(configMap ?? {}, `${at}.configMap`),
    ...keys(secret ?? {}, `${at}.secret`),
    ...(downwardAPI?.items ?? []).flatMap(({ path }, i) =>
      validateFilePath(path, `${at}.downwardAPI.items[${i}].path`),
    ),
  ]
}

function validateProjected({ sources = [] }: NonNullable<Volume['projected']>, at: string): FieldError[] {
  return sources.flatMap((source, i) => [
    ...validateFiles(source, `${at}.sources[${i}]`),
    ...(source.serviceAccountToken
      ? validateFilePath(source.serviceAccountToken.path, `${at}.sources[${i}].serviceAccountToken.path`)
      : []),
  ])
}

function validateHostPath({ path, type }: NonNullable<Volume['hostPath']>, at: string): FieldError[] {
  return [
    ...(path ? [] : [required(`${at}.path`)]),
    ...validateNoBacksteps(path, `${at}.path`),
    ...(HOST_PATH_TYPES.includes(type ?? '') ? [] : [notSupported(`${at}.type`, type, HOST_PATH_TYPES)]),
  ]
}

function validateSource(volume: Volume, at: string): FieldError[] {
  const { name: _, ...sources } = volume
  const given = Object.entries(sources).filter(([, source]) => source !== undefined && source !== null)
  return [
    ...given.slice(1).map(([type]) => forbidden(`${at}.${type}`, 'may not specify more than 1 volume type')),
    ...(sources.hostPath ? validateHostPath(sources.hostPath, `${at}.hostPath`) : []),
    ...validateFiles(sources, at),
    ...(sources.projected ? validateProjected(sources.projected, `${at}.projected`) : []),
    ...(sources.configMap && !sources.configMap.name ? [required(`${at}.configMap.name`)] : []),
    ...(sources.secret && !sources.secret.secretName ? [required(`${at}.secret.secretName`)] : []),
    ...(sources.persistentVolumeClaim && !sources.persistentVolumeClaim.claimName
      ? [required(`${at}.persistentVolumeClaim.claimName`)]
      : []),
  ]
}

/** Rules of a pod's volumes. */
export function validateVolumes(volumes: readonly Volume[], at: string): FieldError[] {
  return volumes.flatMap((volume, i) => {
    const { name } = volume
    const field = `${at}[${i}].name`
    const fault = name ? label(name) : undefined
    return [
      ...validateSource(volume, `${at}[${i}]`),
      ...(name ? [] : [required(field)]),
      ...(fault ? [invalid(field, name, fault)] : []),
      ...(volumes.findIndex((one) => one.name === name) < i ? [duplicate(field, name)] : []),
    ]
  })
}

/** Rules of where a container has its volumes. */
export function validateMounts(
  mounts: NonNullable<Container['volumeMounts']>,
  volumes: readonly Volume[],
  at: string,
): FieldError[] {
  return mounts.flatMap(({ name, mountPath, subPath }, i) => {
    const isThere = volumes.some((volume) => volume.name === name)
    const isSecond = mounts.findIndex((mount) => mount.mountPath === mountPath) < i
    return [
      ...(name ? [] : [required(`${at}[${i}].name`)]),
      ...(name && !isThere ? [notFound(`${at}[${i}].name`, name)] : []),
      ...(mountPath ? [] : [required(`${at}[${i}].mountPath`)]),
      ...(isSecond ? [invalid(`${at}[${i}].mountPath`, mountPath, 'must be unique')] : []),
      ...validateDescending(subPath, `${at}[${i}].subPath`),
    ]
  })
}
