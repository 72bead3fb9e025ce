import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { EXIT, LabError } from '../../base/errors.ts'
import { saidBy, statusOf } from './docker-error.ts'
import { tarOf } from './tar.ts'

/** The image that machines are made of. */
export interface NodeImage {
  readonly name: string
  /** Folder that it is built from; without one it is somebody else's and can be pulled. */
  readonly folder?: string
  /** Where it is said how to get at what it is built of. */
  readonly env?: NodeJS.ProcessEnv
}

/** @param folder images/node of this package. */
export function nodeImage(folder: string, env: NodeJS.ProcessEnv): NodeImage {
  const given = env['KNET_NODE_IMAGE']
  return given ? { name: given } : { name: `knet-labs/node:${hashOf(folder)}`, folder, env }
}

/** A change of the folder is another image: nobody runs an old one without knowing. */
function hashOf(folder: string): string {
  const hash = createHash('sha256')
  for (const file of readdirSync(folder).sort())
    hash.update(`${file}\0`).update(readFileSync(join(folder, file)))
  return hash.digest('hex').slice(0, 12)
}

export interface ImageOptions {
  /** A line of progress. */
  readonly onProgress: (line: string) => void
  readonly signal: AbortSignal | undefined
}

export async function hasImage(docker: Docker, { name }: NodeImage): Promise<boolean> {
  try {
    await docker.getImage(name).inspect()
    return true
  } catch (thrown) {
    if (statusOf(thrown) === 404) return false
    throw thrown
  }
}

/** Builds or pulls the image. @throws LabError KNET_IMAGE with the last words of what failed. */
export async function makeImage(docker: Docker, image: NodeImage, options: ImageOptions): Promise<void> {
  const { onProgress, signal } = options
  const abortable = signal ? { abortSignal: signal } : {}
  onProgress(
    image.folder
      ? `Building the machines' image ${image.name}: a few minutes, once.`
      : `Pulling ${image.name}.`,
  )
  try {
    const answer = image.folder
      ? await docker.buildImage(Readable.from([contextOf(image.folder)]), {
          t: image.name,
          rm: true,
          buildargs: buildArgs(image.env ?? {}),
          ...abortable,
        })
      : await docker.pull(image.name, abortable)
    await follow(answer, onProgress)
  } catch (thrown) {
    signal?.throwIfAborted()
    throw imageError(image, thrown)
  }
}

/** What a build needs to get at packages: this user's proxies, as Docker's own CLI may be told of them, and another base. */
function buildArgs(env: NodeJS.ProcessEnv): Record<string, string> {
  const named = ['http_proxy', 'https_proxy', 'no_proxy'].flatMap((name) => {
    const value = env[name] ?? env[name.toUpperCase()]
    return value ? [[name, value] as const] : []
  })
  const base = env['KNET_NODE_BASE']
  return Object.fromEntries([...named, ...(base ? [['BASE', base] as const] : [])])
}

function contextOf(folder: string): Buffer {
  return tarOf(
    readdirSync(folder).map((path) => ({ path, content: readFileSync(join(folder, path), 'utf8') })),
  )
}

/** A line of Docker's progress: of a build, of a pull, or the error that ends either. */
interface Progress {
  readonly stream?: string
  readonly status?: string
  readonly id?: string
  readonly error?: string
}

async function follow(answer: NodeJS.ReadableStream, onProgress: (line: string) => void): Promise<void> {
  let last = ''
  for await (const line of createInterface({ input: answer, crlfDelay: Infinity })) {
    if (!line.trim()) continue
    const { stream, status, id, error } = JSON.parse(line) as Progress
    if (error !== undefined) throw new Error([last, error].filter(Boolean).join(' / '))
    const said = (stream ?? (status && [id, status].filter(Boolean).join(' ')) ?? '').trim()
    if (said && said !== last) onProgress(said.split('\n').at(-1) ?? said)
    last = said || last
  }
}

function imageError({ name, folder }: NodeImage, cause: unknown): LabError {
  return new LabError('KNET_IMAGE', {
    message: `The image ${name} is not there, and ${folder ? 'building' : 'pulling'} it failed: ${saidBy(cause)}`,
    hint: folder
      ? `Where no registry can be reached: ${rootfsCommand({ name, folder })}`
      : 'Unset KNET_NODE_IMAGE to use knet-labs’ own, or docker load it',
    exitCode: EXIT.unavailable,
    cause,
  })
}

/** How the image is made without a registry. */
export const rootfsCommand = ({ name, folder }: NodeImage): string =>
  `sudo sh ${folder}/build-rootfs.sh | docker import --change 'CMD ["/sbin/init"]' - ${name}`
