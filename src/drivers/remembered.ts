import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { labFolders } from '../base/lab-folders.ts'
import type { Paths } from '../base/paths.ts'

/** In the run folder of a lab on Docker from before anything of it is made until all of it is gone. */
export const DOCKER_RECORD = 'docker.json'

/** The driver that a lab was started with; the sandbox for a lab that is not there. */
export function rememberedDriver(paths: Paths, lab: string): 'sandbox' | 'docker' {
  return existsSync(join(paths.run(lab), DOCKER_RECORD)) ? 'docker' : 'sandbox'
}

/** Labs of which there is, or may be, something on Docker: seen without asking Docker, or loading what can ask it. */
export function labsOnDocker(paths: Paths): string[] {
  return labFolders(paths).filter((lab) => rememberedDriver(paths, lab) === 'docker')
}
