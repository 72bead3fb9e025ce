import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from './lab.ts'

/**
 * Labs that were read and found right when this program was built: reading YAML and checking it is most of what a short
 * command costs. They are looked up by what the lab's files say, so a lab that was edited since is read anew.
 */

/** A lab as JSON: its manifests as pairs. */
type Stored = Omit<Lab, 'manifests'> & { manifests: [string, string][] }

export function compileLab(folder: string, dir: string, lab: Lab): void {
  mkdirSync(folder, { recursive: true })
  const stored: Stored = { ...lab, manifests: [...lab.manifests] }
  writeFileSync(join(folder, compiledName(dir)), JSON.stringify(stored))
}

/** The compiled form of the lab in `dir`, or undefined where there is none of these very files. */
export function compiledLab(folder: string, dir: string): Lab | undefined {
  if (!existsSync(folder) || !existsSync(dir)) return undefined
  const file = join(folder, compiledName(dir))
  if (!existsSync(file)) return undefined
  const { manifests, ...lab } = JSON.parse(readFileSync(file, 'utf8')) as Stored
  return { ...lab, manifests: new Map(manifests) }
}

/** Named for names and contents of all files of a lab. */
function compiledName(dir: string): string {
  const hash = createHash('sha256')
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  for (const file of files.sort()) {
    const content = readFileSync(file)
    hash.update(`${file.slice(dir.length)}\0${content.length}\0`).update(content)
  }
  return `${hash.digest('hex')}.json`
}
