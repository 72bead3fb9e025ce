import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hostRun } from '../../machine/host.ts'
import type { Waiting } from '../elsewhere.ts'
import { docker, dockerFailed } from './docker.ts'

export interface ImageSource {
  readonly packageRoot: string
  readonly version: string
  readonly env: NodeJS.ProcessEnv
}

const recipeIn = (folder: string) => join(folder, 'images/sandbox/Dockerfile')

/** The image's name: $KNET_SANDBOX_IMAGE, or one for this version of knet-labs and of how it is made. */
export function imageName({ packageRoot, version, env }: ImageSource): string {
  const recipe = createHash('sha256')
    .update(readFileSync(recipeIn(packageRoot)))
    .digest('hex')
    .slice(0, 12)
  return env['KNET_SANDBOX_IMAGE'] || `knet-labs/sandbox:${version}-${recipe}`
}

export async function hasImage(name: string): Promise<boolean> {
  return (await docker(['image', 'inspect', '--format', '{{.Id}}', name])).exitCode === 0
}

/**
 * The image's name, once it is there: built where it is ours, else left for Docker to pull.
 * @param source `folder` is the copy of the package that it is built with. @throws LabError KNET_DOCKER.
 */
export async function imageFor(
  source: ImageSource & { readonly folder: string },
  { say, signal }: Waiting,
): Promise<string> {
  const name = imageName(source)
  if (source.env['KNET_SANDBOX_IMAGE'] || (await hasImage(name))) return name
  say('Building the image of the container, once: this takes a minute or two.')
  const build = ['docker', 'build', '--tag', name, '--file', recipeIn(source.folder), source.folder]
  const { exitCode, lastLines } = await hostRun(build, { onLine: say, signal })
  if (exitCode !== 0) throw dockerFailed(lastLines.join('\n'))
  return name
}
