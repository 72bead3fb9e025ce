import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

/** Bundles one source file to a temporary .mjs, for tests that run it as a program in its own process. */
export async function bundle(entry: string): Promise<string> {
  const build = await rolldown({ input: entry, platform: 'node', external: ['@lydell/node-pty'] })
  const file = join(mkdtempSync(join(tmpdir(), 'knet-bundle-')), 'program.mjs')
  await build.write({ file, format: 'esm', codeSplitting: false })
  await build.close()
  return file
}
