import type { TestProject } from 'vitest/node'
import { dockerdMissing, TestDockerd, tinyImage } from '../helpers/dockerd.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A daemon with the image `tiny:1`, or why there is none. */
    readonly docker: { readonly socket: string; readonly pid: number } | { readonly missing: string }
  }
}

/** One daemon for all files that do it no harm. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const missing = dockerdMissing()
  if (missing !== undefined) {
    project.provide('docker', { missing })
    return undefined
  }
  const dockerd = new TestDockerd()
  await dockerd.start()
  await dockerd.import(tinyImage(dockerd.folder), 'tiny:1')
  project.provide('docker', { socket: dockerd.socket, pid: dockerd.pid })
  return () => dockerd.leave()
}
