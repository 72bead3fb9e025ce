import { statSync } from 'node:fs'
import { Readable } from 'node:stream'
import type { MountSettings } from 'dockerode'
import type { DockerRecord } from './record.ts'
import { tarOfFiles } from './tar.ts'

type Wanted = Pick<DockerRecord, 'endpoint' | 'shared' | 'storage' | 'adopted'>

/** A daemon on a socket sees this host's files: so does Docker Desktop's, of the folders that it shares. */
const seesFiles = ({ endpoint, adopted }: Wanted): boolean => !adopted && endpoint.host.startsWith('unix:')

/** Shared files as they are, where the daemon sees them; and a volume for each folder of storage, with labels by which it is found should it stay. */
export function mountsOf(wanted: Wanted, labels: Readonly<Record<string, string>>): MountSettings[] {
  const { shared = [], storage = [] } = wanted
  const binds = seesFiles(wanted) ? shared : []
  const options = { NoCopy: true, Labels: { ...labels }, DriverConfig: { Name: 'local', Options: {} } }
  return [
    ...binds.map(({ source, target }): MountSettings => {
      return { Type: 'bind', Source: source, Target: target, ReadOnly: true }
    }),
    ...storage.map((target): MountSettings => {
      return { Type: 'volume', Source: '', Target: target, VolumeOptions: options }
    }),
  ]
}

/** How many bytes each machine gets by {@link sharedByCopy}. */
export function copiedBytes(wanted: Wanted): number {
  if (seesFiles(wanted)) return 0
  return (wanted.shared ?? []).reduce((sum, { source }) => sum + statSync(source).size, 0)
}

/** Shared files as an archive for daemons elsewhere. */
export function sharedByCopy(wanted: Wanted): NodeJS.ReadableStream | undefined {
  const { shared = [] } = wanted
  if (seesFiles(wanted) || shared.length === 0) return undefined
  const files = shared.map(({ source, target, executable }) => ({
    path: target.slice(1),
    source,
    executable,
  }))
  return Readable.from(tarOfFiles(files))
}
