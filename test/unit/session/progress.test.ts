import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ProgressFile, readProgress } from '../../../src/session/progress.ts'
import { type Folder, temporaryFolder } from '../../helpers/lab-folder.ts'

let folder: Folder
let file = ''
const open = (path = file) => new ProgressFile(path, 'flannel', 'nodes')

beforeEach(() => {
  folder = temporaryFolder()
  file = join(folder.path, 'labs/flannel/progress.json')
})
afterEach(() => folder.remove())

test('progress is written whole, with its version, and leaves nothing beside it', () => {
  open().change((progress) => ({ ...progress, current: 'pods' }))
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    version: 1,
    lab: 'flannel',
    current: 'pods',
    steps: {},
  })
  expect(readdirSync(join(file, '..'))).toEqual(['progress.json'])
  expect(open().read().current).toBe('pods')
})

test('two sessions of one lab do not undo each other', () => {
  const [a, b] = [open(), open()]
  a.read()
  b.change((progress) => ({ ...progress, current: 'pods' }))
  a.change((progress) => ({ ...progress, steps: { nodes: { hints: 1, solved: false } } }))
  expect(open().read()).toMatchObject({ current: 'pods', steps: { nodes: { hints: 1 } } })
})

test.each([
  '{"version":1,"lab":',
  'null',
  '{"version":2}',
  '{"version":1,"lab":"x","current":"y","steps":{"z":{}}}',
])('a file that makes no sense (%s) is set aside and said', (text) => {
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, text)
  const progress = open()
  expect(progress.read()).toEqual({ version: 1, lab: 'flannel', current: 'nodes', steps: {} })
  const [aside = ''] = readdirSync(join(file, '..'))
  expect(aside).toMatch(/^progress\.json\.corrupt-\d{4}-\d\d-\d\dT\d+\.\d+Z$/)
  expect(readFileSync(join(file, '..', aside), 'utf8')).toBe(text)
  expect(progress.takeNotices()).toEqual([expect.stringContaining(aside)])
  expect(progress.takeNotices()).toEqual([])
})

test('a place that can not be written is said once, and the session goes on in memory', () => {
  // A file where the folder should be: fails the same for root, whom permissions do not stop.
  writeFileSync(join(folder.path, 'labs'), '')
  const progress = open()
  progress.change((before) => ({ ...before, current: 'pods' }))
  progress.change((before) => ({ ...before, current: 'vtep' }))
  expect(progress.read().current).toBe('vtep')
  const notices = progress.takeNotices().filter((notice) => notice.includes("can't be saved"))
  expect(notices).toEqual([expect.stringContaining(join(folder.path, 'labs/flannel'))])
})

test('a full disk is named as the reason', () => {
  const progress = open('/dev/full/progress.json')
  progress.change((before) => before)
  expect(progress.takeNotices().at(-1)).toContain("Progress can't be saved in /dev/full")
})

test('which steps were done can be read without a session', () => {
  open().change((progress) => ({
    ...progress,
    steps: {
      nodes: { hints: 0, solved: false, done: '2026-11-21T12:00:00Z' },
      pods: { hints: 2, solved: false },
    },
  }))
  const paths = {
    state: '',
    pki: '',
    cache: '',
    run: () => '',
    lab: (name: string) => join(folder.path, 'labs', name),
  }
  expect(readProgress(paths, 'flannel')).toEqual({ done: ['nodes'] })
  expect(readProgress(paths, 'calico')).toEqual({ done: [] })
})
