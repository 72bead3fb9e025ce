import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, openSync, renameSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { nodeImage } from '../../src/drivers/docker/image.ts'
import { findProgram } from '../../src/machine/packages.ts'

const FOLDER = resolve(import.meta.dirname, '../../images/node')

/** A machine image's name and archive, and whether that was made before. */
export interface BuiltImage {
  readonly name: string
  readonly tar: string
}

/** Outside the repository, and kept between runs: it takes minutes to make. */
const CACHE = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'knet-labs-tests')

const { name } = nodeImage(FOLDER, {})
const tar = join(CACHE, `${name.replaceAll(/\W/g, '-')}.tar`)

/** What keeps this machine from making the image; undefined when nothing does, or when it was made before. */
export function nodeImageMissing(): string | undefined {
  if (existsSync(tar) || findProgram('debootstrap', process.env['PATH'] ?? '')) return undefined
  return 'not installed: debootstrap, which makes the machine image'
}

/** The image as images/node/build-rootfs.sh makes it. */
export async function builtNodeImage(): Promise<BuiltImage> {
  if (!existsSync(tar)) {
    mkdirSync(CACHE, { recursive: true })
    const log = join(CACHE, 'build-rootfs.log')
    const stdio = ['ignore', openSync(`${tar}.new`, 'w'), openSync(log, 'w')] as const
    const build = spawn('sh', [join(FOLDER, 'build-rootfs.sh')], { stdio: [...stdio] })
    const [exitCode] = (await once(build, 'exit')) as [number]
    if (exitCode !== 0) throw new Error(`build-rootfs.sh ended with ${exitCode}: ${log}`)
    renameSync(`${tar}.new`, tar)
  }
  return { name, tar }
}
