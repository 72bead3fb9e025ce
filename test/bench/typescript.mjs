import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'

const ROOT = resolve(import.meta.dirname, '../..')

/** Imports a helper of the tests, for scripts that no test runner compiles it for. */
export async function importTypeScript(file) {
  const folder = join(ROOT, `node_modules/.cache/knet-labs-${process.pid}`)
  const build = await rolldown({
    input: join(ROOT, file),
    platform: 'node',
    external: ['@lydell/node-pty'],
    logLevel: 'warn',
  })
  mkdirSync(folder, { recursive: true })
  try {
    const to = join(folder, 'helper.mjs')
    await build.write({ file: to, format: 'esm', codeSplitting: false })
    return await import(pathToFileURL(to).href)
  } finally {
    await build.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
