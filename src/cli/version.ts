import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The package's version. Both src/cli and dist are children of the package's root or of its src. */
export function version(): string {
  const packageFile = join(packageRoot(), 'package.json')
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }
  return version
}

/** Where labs/ and package.json are: beside dist/ when bundled, above src/ under test. */
export function packageRoot(): string {
  const here = import.meta.dirname
  return here.endsWith(join('src', 'cli')) ? join(here, '..', '..') : join(here, '..')
}
