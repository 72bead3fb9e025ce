import type { Container, PodSpec } from '../../objects.ts'
import type { FieldError } from '../definition.ts'
import { duplicate, forbidden, invalid, notFound, notSupported, required } from '../field-error.ts'
import { label } from '../names.ts'

type Volume = NonNullable<PodSpec['volumes']>[number]

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

function validateHostPath({ path, type }: NonNullable<Volume['hostPath']>, at: string): FieldError[] {
  return [
    ...(path ? [] : [required(`${at}.path`)]),
    ...(path?.split('/').includes('..') ? [invalid(`${at}.path`, path, "must not contain '..'")] : []),
    ...(HOST_PATH_TYPES.includes(type ?? '') ? [] : [notSupported(`${at}.type`, type, HOST_PATH_TYPES)]),
  ]
}

function validateSource(volume: Volume, at: string): FieldError[] {
  const { name: _, ...sources } = volume
  const given = Object.entries(sources).filter(([, source]) => source !== undefined && source !== null)
  return [
    ...given.slice(1).map(([type]) => forbidden(`${at}.${type}`, 'may not specify more than 1 volume type')),
    ...(sources.hostPath ? validateHostPath(sources.hostPath, `${at}.hostPath`) : []),
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
      ...(subPath?.startsWith('/')
        ? [invalid(`${at}[${i}].subPath`, subPath, 'must be a relative path')]
        : []),
    ]
  })
}
