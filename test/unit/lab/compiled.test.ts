import { cpSync, mkdtempSync, appendFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { compiledLab, compileLab } from '../../../src/lab/compiled.ts'
import { loadLab } from '../../../src/lab/load.ts'

const FLANNEL = resolve(import.meta.dirname, '../../../labs/flannel')
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'knet-compiled-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a compiled lab is the lab that its files say', () => {
  const lab = loadLab(FLANNEL)
  compileLab(folder, FLANNEL, lab)
  expect(compiledLab(folder, FLANNEL)).toEqual(lab)
})

test('a lab whose files have changed since is not taken from its compiled form', () => {
  const copy = join(folder, 'flannel')
  cpSync(FLANNEL, copy, { recursive: true })
  compileLab(join(folder, 'compiled'), copy, loadLab(copy))
  expect(compiledLab(join(folder, 'compiled'), copy)).toBeDefined()
  appendFileSync(join(copy, 'lab.yaml'), '\n')
  expect(compiledLab(join(folder, 'compiled'), copy)).toBeUndefined()
})
