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

/** What of the package the knet-labs elsewhere needs; `files` of package.json has it all. */
const PARTS = ['Vagrantfile', 'package.json', 'dist', 'images', 'labs']

const STAMP = 'package.stamp'

/** Where it is inside; its stamp is put there last, when all else is there. */
export const HOME_INSIDE = '/opt/knet-labs'
export const STAMP_INSIDE = `${HOME_INSIDE}/${STAMP}`

/**
 * Copies this knet-labs into a folder that outlives it, as what npx runs is gone some day, unless it is there already.
 * @returns its stamp, which changes with any of its files.
 */
export function stagePackage(root: string, folder: string): string {
  const stamp = stampOf(root)
  if (readStamp(folder) === stamp) return stamp
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const part of [STAMP, ...PARTS]) rmSync(join(folder, part), { recursive: true, force: true })
  for (const part of PARTS) cpSync(join(root, part), join(folder, part), { recursive: true })
  writeFileSync(join(folder, STAMP), stamp)
  return stamp
}

function readStamp(folder: string): string | undefined {
  const file = join(folder, STAMP)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

function stampOf(root: string): string {
  const hash = createHash('sha256')
  for (const part of PARTS) {
    for (const file of filesOf(join(root, part)).sort()) {
      const content = readFileSync(file)
      hash.update(`${file.slice(root.length)}\0${content.length}\0`).update(content)
    }
  }
  return hash.digest('hex')
}

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  const entries = readdirSync(path, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}
