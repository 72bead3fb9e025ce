import { chownSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { giveToCaller, leaveToCaller, sudoCaller } from '../../../src/base/caller.ts'

const SUDO = { SUDO_UID: '1000', SUDO_GID: '100' }

test('the caller of sudo is known only to root, and never root itself', () => {
  expect(sudoCaller(SUDO, 0)).toEqual({ uid: 1000, gid: 100 })
  expect(sudoCaller(SUDO, 1000)).toBeUndefined()
  expect(sudoCaller({}, 0)).toBeUndefined()
  expect(sudoCaller({ SUDO_UID: '0', SUDO_GID: '0' }, 0)).toBeUndefined()
  expect(sudoCaller({ SUDO_UID: 'x', SUDO_GID: '1' }, 0)).toBeUndefined()
})

test.runIf(process.getuid?.() === 0)(
  'a folder is given away with all in it, links too but not what they point at',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'knet-caller-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const [state, other, run] = ['state', 'other', 'state/run'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ]
    for (const path of [state, other, run]) mkdirSync(path)
    writeFileSync(join(state, 'file'), '')
    symlinkSync(other, join(state, 'link'))
    chownSync(run, 7, 7)
    giveToCaller(state, { uid: 1000, gid: 100 }, [run])
    const ids = (path: string) => [lstatSync(path).uid, lstatSync(path).gid]
    expect([state, join(state, 'file'), join(state, 'link')].map(ids)).toEqual(
      Array.from({ length: 3 }, () => [1000, 100]),
    )
    expect(ids(other)).toEqual([0, 0])
    expect(ids(run)).toEqual([7, 7])
  },
)

test.runIf(process.getuid?.() === 0)(
  "in the caller's home the folders on the way are given away too, elsewhere nothing is",
  () => {
    const base = mkdtempSync(join(tmpdir(), 'knet-caller-'))
    onTestFinished(() => rmSync(base, { recursive: true }))
    const [theirs, roots] = ['theirs', 'roots'].map((name) => join(base, name)) as [string, string]
    for (const home of [theirs, roots]) mkdirSync(join(home, '.local/state/knet-labs'), { recursive: true })
    chownSync(theirs, 1000, 100)
    for (const home of [theirs, roots])
      leaveToCaller(join(home, '.local/state/knet-labs'), { uid: 1000, gid: 100 }, [])
    const owners = (home: string) =>
      ['.local', '.local/state', '.local/state/knet-labs'].map((path) => lstatSync(join(home, path)).uid)
    expect(owners(theirs)).toEqual([1000, 1000, 1000])
    expect(owners(roots)).toEqual([0, 0, 0])
  },
)
