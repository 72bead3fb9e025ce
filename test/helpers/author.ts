import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Stranger } from './cli.ts'

const LABS = resolve(import.meta.dirname, '../../labs')

/**
 * Somebody with labs of their own: a copy of `containers` whose lab.yaml was changed.
 * @param through what each run of the CLI is started by, such as setpriv with its options
 */
export function author(change: (yaml: string) => string, through: readonly string[] = []): Stranger {
  const stranger = new Stranger({}, through)
  stranger.env['KNET_LABS'] = join(stranger.home, 'labs')
  const folder = join(stranger.home, 'labs', 'containers')
  mkdirSync(folder, { recursive: true })
  cpSync(join(LABS, 'containers'), folder, { recursive: true })
  const file = join(folder, 'lab.yaml')
  writeFileSync(file, change(readFileSync(file, 'utf8')))
  return stranger
}
