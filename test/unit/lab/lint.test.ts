import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readLabFile } from '../../../src/lab/files.ts'
import { findLab, lintLab, loadLab } from '../../../src/lab/load.ts'
import { formatProblem } from '../../../src/lab/problem.ts'

const GOLDEN = join(import.meta.dirname, '../../golden/lab')

/** Every mistake of a lab, file names relative to the goldens. */
function mistakes(name: string): string {
  const problems = lintLab(join(GOLDEN, name))
  return problems.map((one) => formatProblem({ ...one, file: relative(GOLDEN, one.file) })).join('\n') + '\n'
}

test.each(['schema-mistakes', 'rule-mistakes', 'topology-mistakes', 'not-yaml'])(
  'all mistakes of %s are found at once, with their places',
  async (name) => {
    await expect(mistakes(name)).toMatchFileSnapshot(join(GOLDEN, name, 'problems.txt'))
  },
)

test('a lab with mistakes does not load, and the error lists them', () => {
  expect(() => loadLab(join(GOLDEN, 'not-yaml'))).toThrowError(/lab\.yaml:\d+:\d+: /)
})

test('an unknown lab is refused with the nearest name as the hint', () => {
  expect(() => findLab(join(import.meta.dirname, '../../../labs'), 'flanel')).toThrowError(
    expect.objectContaining({ code: 'KNET_UNKNOWN_LAB', hint: 'Did you mean flannel?', exitCode: 64 }),
  )
})

describe('a lab reads files', () => {
  let dir = ''
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'knet-lab-'))
    mkdirSync(join(dir, 'lab/steps'), { recursive: true })
    writeFileSync(join(dir, 'secret'), 'secret')
    writeFileSync(join(dir, 'lab/steps/one.md'), 'text')
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  test('inside its own folder', () => {
    expect(readLabFile(join(dir, 'lab'), 'steps/one.md')).toEqual({ text: 'text' })
  })

  test.each(['../secret', 'steps/../../secret', '/etc/passwd', '..'])('but not %s', (path) => {
    expect(readLabFile(join(dir, 'lab'), path)).toHaveProperty('problem')
  })

  test('but not through a symbolic link, as a file or as a folder', () => {
    symlinkSync('../secret', join(dir, 'lab/link'))
    symlinkSync('..', join(dir, 'lab/up'))
    expect(readLabFile(join(dir, 'lab'), 'link')).toHaveProperty('problem')
    expect(readLabFile(join(dir, 'lab'), 'up/secret')).toHaveProperty('problem')
  })

  test('but not larger than a mebibyte', () => {
    writeFileSync(join(dir, 'lab/big'), 'x'.repeat(1024 * 1024 + 1))
    expect(readLabFile(join(dir, 'lab'), 'big')).toEqual({ problem: '"big" is larger than 1 MiB' })
  })
})
