import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { runInHolder } from '../../helpers/holder.ts'

let seen: Record<'crashes' | 'log' | 'stopped' | 'logsAfterRemoval', unknown>

beforeAll(async () => {
  const { stdout, stderr } = await runInHolder(join(import.meta.dirname, 'leavings-program.ts'))
  expect(stderr).toBe('')
  seen = JSON.parse(stdout) as typeof seen
})

test('a container that crashes again and again leaves its last instances only, one that cannot start nothing', () => {
  expect(seen.crashes).toEqual({ folders: 2, logs: 2 })
})

test('a log is begun anew before it fills the node, and goes on', () => {
  expect(seen.log).toEqual({ last: 'stdout: last', isWhole: false, isCapped: true })
})

test('a pod that has ended gives back its network and folders, and its logs can be read until it is removed', () => {
  expect(seen.stopped).toEqual({ last: 'stdout: last', netns: 0, folders: 0 })
  expect(seen.logsAfterRemoval).toBe(0)
})
