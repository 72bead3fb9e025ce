import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { EXIT, LabError } from '../../base/errors.ts'
import type { ImageStore } from '../../machine/image-store.ts'
import { connect } from './connect.ts'
import { dockerError, ping } from './docker-error.ts'
import { endpointHere } from './endpoint.ts'
import { hasImage, makeImage, nodeImage } from './image.ts'

/** @param folder images/node of this package. @throws LabError KNET_DOCKER when no daemon answers. */
export async function openImageStore(folder: string, env: NodeJS.ProcessEnv): Promise<ImageStore> {
  const endpoint = endpointHere(env)
  const docker = await connect(endpoint)
  await ping(docker, endpoint)
  const image = nodeImage(folder, env)
  const asking = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (thrown) {
      throw dockerError(thrown, endpoint)
    }
  }
  const { Arch } = await asking(() => docker.version())
  const has = (name: string) => asking(() => hasImage(docker, { name }))
  return {
    name: image.name,
    arch: Arch,
    has,
    async make(options) {
      if (!(await has(image.name))) await asking(() => makeImage(docker, image, options))
    },
    save: () => asking(async () => (await docker.getImage(image.name).get()) as Readable),
    load: (archive) => asking(() => loadImage(docker, archive)),
  }
}

async function loadImage(docker: Docker, archive: Readable): Promise<void> {
  const answer = await docker.loadImage(archive, { quiet: true })
  let said = ''
  for await (const chunk of answer) said += String(chunk)
  // A failure after the answer has begun is a line of it.
  const { error } = JSON.parse(said.trim().split('\n').at(-1) || '{}') as { error?: string }
  if (error === undefined) return
  if (/no space left on device/i.test(error)) throw new Error(error)
  throw new LabError('KNET_IMAGE', {
    message: `Docker does not take the machines' image: ${error}`,
    hint: 'Make the bundle anew where the image is: knet-labs bundle create',
    exitCode: EXIT.unavailable,
  })
}
