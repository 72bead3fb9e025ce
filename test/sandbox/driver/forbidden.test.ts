import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { bundle } from '../../helpers/bundle.ts'

test('where user namespaces are forbidden, up says so and how to allow them, and leaves nothing', async () => {
  const program = await bundle(join(import.meta.dirname, 'starter.ts'))
  const state = mkdtempSync(join(tmpdir(), 'knet-forbidden-'))
  onTestFinished(() => {
    for (const folder of [dirname(program), state]) rmSync(folder, { recursive: true })
  })
  // The limit of a user namespace is its own: nothing outside this one is touched.
  const script = 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"'
  const said = execFileSync(
    'unshare',
    [
      '--user',
      '--map-root-user',
      '--',
      'sh',
      '-c',
      script,
      'sh',
      process.execPath,
      program,
      state,
      'lab',
      'keep',
    ],
    { encoding: 'utf8' },
  )
  expect(said).toBe('error KNET_USERNS: sudo sysctl -w user.max_user_namespaces=15000\n')
  expect(existsSync(join(state, 'knet-labs/labs/lab/run'))).toBe(false)
})
