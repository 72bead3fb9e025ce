import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Paths } from './paths.ts'

/** Names of the labs that have a folder of state, running or not. */
export function labFolders(paths: Paths): string[] {
  const labs = join(paths.state, 'labs')
  return existsSync(labs) ? readdirSync(labs).sort() : []
}

/** Those of which something is there that ends with them, running or left by what was killed. */
export const labsWithRun = (paths: Paths): string[] =>
  labFolders(paths).filter((lab) => existsSync(paths.run(lab)))
