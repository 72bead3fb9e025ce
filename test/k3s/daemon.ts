import type { TestProject } from 'vitest/node'
import { dockerdMissing } from '../helpers/dockerd.ts'
import { FarDockerd } from '../helpers/far-dockerd.ts'
import { builtNodeImage, nodeImageMissing } from '../helpers/node-image.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A daemon with the machines' image, or why there is none. */
    readonly k3s:
      | {
          readonly socket: string
          readonly pid: number
          readonly image: string
          /** DOCKER_HOST, for who is on this host and not on the daemon's. */
          readonly far: string
        }
      | { readonly missing: string }
  }
}

/** One daemon for all labs, one lab at a time. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const missing = k3sMissing() ?? dockerdMissing() ?? nodeImageMissing()
  if (missing !== undefined) {
    project.provide('k3s', { missing })
    return undefined
  }
  const image = await builtNodeImage()
  const far = new FarDockerd()
  await far.start()
  const { dockerd } = far
  await dockerd.import(image.tar, image.name)
  const { socket, pid } = dockerd
  project.provide('k3s', { socket, pid, image: image.name, far: far.endpoint })
  return () => far.leave()
}

function k3sMissing(): string | undefined {
  if (process.env['KNET_K3S_BIN']) return undefined
  return 'KNET_K3S_BIN names no k3s; with KNET_K3S_IMAGES, the images of k3s and of all labs, it runs them on real clusters'
}
