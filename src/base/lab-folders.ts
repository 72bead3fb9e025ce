import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Paths } from './paths.ts'

/** Names of the labs that have a folder of state, running or not. */
export function labFolders(paths: Paths): string[] {
  const labs = join(paths.state, 'labs')
  return existsSync(labs) ? readdirSync(labs).sort() : []
}
