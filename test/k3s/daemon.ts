import type { TestProject } from 'vitest/node'
import { dockerdMissing, TestDockerd } from '../helpers/dockerd.ts'
import { builtNodeImage, nodeImageMissing } from '../helpers/node-image.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A daemon with the machines' image, or why there is none. */
    readonly k3s:
      | { readonly socket: string; readonly pid: number; readonly image: string }
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
  const dockerd = new TestDockerd()
  await dockerd.start()
  await dockerd.import(image.tar, image.name)
  project.provide('k3s', { socket: dockerd.socket, pid: dockerd.pid, image: image.name })
  return () => dockerd.leave()
}

function k3sMissing(): string | undefined {
  if (process.env['KNET_K3S_BIN']) return undefined
  return 'KNET_K3S_BIN names no k3s; with KNET_K3S_IMAGES, the images of k3s and of all labs, it runs them on real clusters'
}
