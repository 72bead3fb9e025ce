import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { kernelLock } from '../../../src/base/kernel-lock.ts'

test.each(['linux', 'darwin'] as const)(
  'on %s one process has a lock until it gives it back',
  async (platform) => {
    const path = `/nowhere/${platform}/${process.pid}`
    const unlock = await kernelLock(path, platform)
    await expect(kernelLock(path, platform)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    const other = await kernelLock(`${path}/other`, platform)
    unlock()
    other()
    const again = await kernelLock(path, platform)
    again()
  },
)

test('a lock that a killed process has left as a file is taken over', async () => {
  const path = `/nowhere/killed/${process.pid}`
  const id = createHash('sha256').update(`${process.getuid?.()}:${path}`).digest('hex').slice(0, 32)
  const file = join(tmpdir(), `knet-labs-${id}`)
  const dies = `require('net').createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, 'SIGKILL'))`
  expect(spawnSync(process.execPath, ['-e', dies]).signal).toBe('SIGKILL')
  const unlock = await kernelLock(path, 'darwin')
  await expect(kernelLock(path, 'darwin')).rejects.toMatchObject({ code: 'EADDRINUSE' })
  unlock()
})
