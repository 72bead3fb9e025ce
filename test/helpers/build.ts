import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'

/** Builds dist/cli.js once before the end-to-end tests; `npm test` has done so and says that. */
export function setup(): void {
  if (process.env['KNET_BUILT']) return
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: resolve(import.meta.dirname, '../..') })
}
