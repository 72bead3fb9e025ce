import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'

/** Builds dist/cli.js once before the end-to-end tests. */
export function setup(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: resolve(import.meta.dirname, '../..') })
}
