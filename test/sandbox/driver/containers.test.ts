import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundle } from '../../helpers/bundle.ts'
import type { Seen } from './container-machines.ts'

/** Version 2 where /sys/fs/cgroup has the other: with the controllers that no hierarchy of that has. Nobody else sees it. */
const UNIFIED = 'umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec "$@"'
const AS_UNIFIED = ['unshare', '--mount', 'sh', '-c', UNIFIED, 'sh']

const isRoot = process.getuid?.() === 0
const canBeUnified = isRoot && spawnSync('unshare', [...AS_UNIFIED.slice(1), 'true']).status === 0

let program = ''
let state = ''
beforeAll(async () => {
  program = await bundle(join(import.meta.dirname, 'container-machines.ts'))
  state = mkdtempSync(join(tmpdir(), 'knet-containers-'))
})
afterAll(() => {
  for (const folder of [dirname(program), state]) rmSync(folder, { recursive: true })
})

test.each([
  { groups: 'this host’s control groups', through: [], possible: isRoot },
  { groups: 'control groups of version 2', through: AS_UNIFIED, possible: canBeUnified },
])(
  'machines that run containers have $groups to themselves, divide them, and leave none',
  ({ through, possible }) => {
    if (!possible) return
    const [command, ...words] = [...through, process.execPath, program, state]
    const seen = JSON.parse(execFileSync(command, words, { encoding: 'utf8' })) as Seen
    expect(seen.divided.split('\n').at(-1)).toBe('/pods/one')
    expect(new Set(seen.divided.split('\n'))).toEqual(new Set(['0', '/pods/one']))
    expect(seen.beside).toBe(seen.divided)
    expect(seen.again).toBe(seen.divided)
    expect(seen.groups).toContainEqual(expect.stringContaining('/node0'))
    expect(seen.groups).toContainEqual(expect.stringContaining('/node1'))
    expect([...seen.groupsOfKilled, ...seen.groupsAfter]).toEqual([])
  },
)
