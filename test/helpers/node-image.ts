import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs'
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

const MAKERS = ['mmdebstrap', 'debootstrap']

/** What keeps this machine from making the image; undefined when nothing does, or when it was made before. */
export function nodeImageMissing(): string | undefined {
  const path = process.env['PATH'] ?? ''
  if (existsSync(tar) || MAKERS.some((program) => findProgram(program, path))) return undefined
  return `not installed: ${MAKERS.join(' or ')}, which makes the machine image`
}

/** The image as images/node/build-rootfs.sh makes it. */
export async function builtNodeImage(): Promise<BuiltImage> {
  if (existsSync(tar)) return { name, tar }
  mkdirSync(CACHE, { recursive: true })
  // Packages come from a network.
  if (!(await build()) && !(await build())) {
    throw new Error(`build-rootfs.sh failed twice: ${readFileSync(LOG, 'utf8').slice(-2000)}`)
  }
  return { name, tar }
}

const LOG = join(CACHE, 'build-rootfs.log')

/** @returns whether the archive is there now. */
async function build(): Promise<boolean> {
  const draft = `${tar}.${process.pid}`
  const stdio = ['ignore', openSync(draft, 'w'), openSync(LOG, 'w')] as const
  const [exitCode] = (await once(
    spawn('sh', [join(FOLDER, 'build-rootfs.sh')], { stdio: [...stdio] }),
    'exit',
  )) as [number | null]
  for (const file of stdio.slice(1)) closeSync(file as number)
  if (exitCode === 0) renameSync(draft, tar)
  else rmSync(draft)
  return exitCode === 0
}
