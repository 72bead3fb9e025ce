import { existsSync, readdirSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { EXIT, LabError } from '../base/errors.ts'
import type { K3sAssets } from './assets.ts'

/**
 * Files that the user names: KNET_K3S_BIN, KNET_K3S_IMAGES (an archive, or a folder of them) and KNET_CALICO_MANIFEST. What is not named
 * comes from the others; images that are named are all that there are, Calico's too.
 */
export function givenAssets(env: NodeJS.ProcessEnv, others: K3sAssets): K3sAssets {
  const images = () => archivesAt('KNET_K3S_IMAGES', env)
  return {
    async k3s(options) {
      const bin = given('KNET_K3S_BIN', env)
      if (bin !== undefined) return { bin, images: images() ?? [] }
      const found = await others.k3s(options)
      return { ...found, images: images() ?? found.images }
    },
    async calico(options) {
      const file = given('KNET_CALICO_MANIFEST', env)
      if (file !== undefined) return { manifest: await readFile(file, 'utf8'), images: [] }
      return others.calico(options)
    },
  }
}

/** The path that a variable holds, whole. @throws LabError KNET_USAGE when nothing is there. */
function given(variable: string, env: NodeJS.ProcessEnv): string | undefined {
  const value = env[variable]
  if (!value) return undefined
  const path = resolve(value)
  if (existsSync(path)) return path
  throw new LabError('KNET_USAGE', {
    message: `${variable} names ${path}, which is not there.`,
    hint: `unset ${variable}`,
    exitCode: EXIT.usage,
  })
}

const ARCHIVE = /\.(tar|tar\.(gz|zst|lz4|bz2)|tgz)$/

function archivesAt(variable: string, env: NodeJS.ProcessEnv): string[] | undefined {
  const path = given(variable, env)
  if (path === undefined) return undefined
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .filter((name) => ARCHIVE.test(name))
    .sort()
    .map((name) => join(path, name))
}
