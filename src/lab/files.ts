import { lstatSync, readFileSync, realpathSync } from 'node:fs'
import { isAbsolute, join, normalize, sep } from 'node:path'

/** Texts and manifests beyond this are a mistake. */
const MAX_BYTES = 1024 * 1024

export type FileContent = { readonly text: string } | { readonly problem: string }

/**
 * Reads a file of a lab. A lab may come from anybody, so it names only plain files inside its own folder: no absolute
 * path, no `..`, no symbolic link on the way.
 */
export function readLabFile(dir: string, path: string): FileContent {
  const plain = normalize(path)
  if (isAbsolute(path))
    return { problem: `"${path}" is an absolute path; name a file inside the lab's folder` }
  if (plain === '..' || plain.startsWith(`..${sep}`)) return { problem: `"${path}" leaves the lab's folder` }
  const file = join(dir, plain)
  try {
    if (realpathSync(file) !== join(realpathSync(dir), plain)) {
      return { problem: `"${path}" is reached through a symbolic link, which labs must not use` }
    }
    const stat = lstatSync(file)
    if (!stat.isFile()) return { problem: `"${path}" is not a file` }
    if (stat.size > MAX_BYTES) return { problem: `"${path}" is larger than 1 MiB` }
    return { text: readFileSync(file, 'utf8') }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    return { problem: code === 'ENOENT' ? `there is no file "${path}"` : `"${path}" can't be read: ${code}` }
  }
}
