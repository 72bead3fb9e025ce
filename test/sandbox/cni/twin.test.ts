import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runInHolder } from '../../helpers/holder.ts'

/** Debian's containernetworking-plugins. */
const PLUGINS = '/usr/lib/cni'

test.skipIf(!existsSync(join(PLUGINS, 'bridge')))(
  'bridge, host-local and portmap built in leave the same kernel state, files and results as the official plugins',
  async () => {
    const { stdout, stderr } = await runInHolder(join(import.meta.dirname, 'twin-program.ts'))
    expect(stderr).toBe('')
    const { ours, official } = JSON.parse(stdout) as Record<'ours' | 'official', Record<string, string>>
    expect(official['ip']).toBe('["10.42.1.2","10.42.1.3"]')
    expect(official['rules']).toContain('CNI-HOSTPORT-DNAT')
    const { result: ourResult, ...ourState } = ours
    const { result: officialResult, ...officialState } = official
    expect(ourState).toEqual(officialState)
    expect(JSON.parse(ourResult ?? '')).toEqual(JSON.parse(officialResult ?? '{}'))
  },
)
