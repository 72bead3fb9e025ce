import { readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { EXIT, LabError, messageOf } from '../base/errors.ts'

/** Variables that name files to take instead of downloads. */
export type Variable =
  | 'KNET_K3S_BIN'
  | 'KNET_K3S_IMAGES'
  | 'KNET_CALICO_MANIFEST'
  | 'KNET_CALICO_IMAGES'
  | 'KNET_CALICOCTL'

/** What containerd of k3s's imports from a folder. */
const ARCHIVE = /\.(?:tar|tar\.gz|tgz|tar\.bz2|tbz|tar\.zst|tar\.lz4)$/

/** The file that a variable names; undefined when it is not set. @throws LabError KNET_ASSET when it can't be read. */
export function givenFile(env: NodeJS.ProcessEnv, variable: Variable): string | undefined {
  const path = env[variable]
  if (!path) return undefined
  if (statOf(variable, path).isFile()) return resolve(path)
  throw notUsable(variable, path, 'it is not a file')
}

/** The archives of images that a variable names: a file, or all in a folder. @throws LabError KNET_ASSET when there are none. */
export function givenArchives(env: NodeJS.ProcessEnv, variable: Variable): string[] | undefined {
  const path = env[variable]
  if (!path) return undefined
  if (!statOf(variable, path).isDirectory()) return [resolve(path)]
  const names = readdirSync(path).filter((name) => ARCHIVE.test(name))
  if (names.length === 0)
    throw notUsable(variable, path, 'there is no archive in that folder (.tar, .tar.gz, .tar.zst …)')
  return names.sort().map((name) => resolve(join(path, name)))
}

function statOf(variable: Variable, path: string) {
  try {
    return statSync(path)
  } catch (thrown) {
    throw notUsable(variable, path, messageOf(thrown))
  }
}

function notUsable(variable: Variable, path: string, why: string): LabError {
  return new LabError('KNET_ASSET', {
    message: `${variable} names ${path}, which can't be used: ${why}.`,
    hint: `Correct it, or unset ${variable} to have the file downloaded`,
    exitCode: EXIT.unavailable,
  })
}
