import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Names of the folders that hold a lab, sorted. */
export function labIds(labsDir: string): string[] {
  const entries = existsSync(labsDir) ? readdirSync(labsDir, { withFileTypes: true }) : []
  return entries
    .filter((entry) => entry.isDirectory() && existsSync(join(labsDir, entry.name, 'lab.yaml')))
    .map((entry) => entry.name)
    .sort()
}
