import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

/** What goes elsewhere. */
export interface PackageSource {
  /** This package; `files` of package.json has all that is needed of it. */
  readonly packageRoot: string
  /** The folder of labs, which an author may have elsewhere. */
  readonly labs: string
}

/** The parts by their names, and where they are. */
const partsOf = ({ packageRoot, labs }: PackageSource): (readonly [part: string, path: string])[] => [
  ...['Vagrantfile', 'package.json', 'dist', 'images'].map(
    (part) => [part, join(packageRoot, part)] as const,
  ),
  ['labs', labs],
]

const STAMP = 'package.stamp'

/** Where it is inside; its stamp is put there last, when all else is there. */
export const HOME_INSIDE = '/opt/knet-labs'
export const STAMP_INSIDE = `${HOME_INSIDE}/${STAMP}`

/**
 * Copies this knet-labs into a folder that outlives it, as what npx runs is gone some day, unless it is there already.
 * @returns its stamp, which changes with any of its files.
 */
export function stagePackage(source: PackageSource, folder: string): string {
  const parts = partsOf(source)
  const stamp = stampOf(parts)
  if (readStamp(folder) === stamp) return stamp
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  rmSync(join(folder, STAMP), { force: true })
  for (const [part, path] of parts) {
    rmSync(join(folder, part), { recursive: true, force: true })
    cpSync(path, join(folder, part), { recursive: true })
  }
  writeFileSync(join(folder, STAMP), stamp)
  return stamp
}

function readStamp(folder: string): string | undefined {
  const file = join(folder, STAMP)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

function stampOf(parts: ReturnType<typeof partsOf>): string {
  const hash = createHash('sha256')
  for (const [part, path] of parts) {
    for (const file of filesOf(path).sort()) {
      const content = readFileSync(file)
      hash.update(`${part}${file.slice(path.length)}\0${content.length}\0`).update(content)
    }
  }
  return hash.digest('hex')
}

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  const entries = readdirSync(path, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}
