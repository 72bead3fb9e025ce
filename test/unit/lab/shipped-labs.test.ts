import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { labJsonSchema } from '../../../src/lab/json-schema.ts'
import { lintLab, loadLabs } from '../../../src/lab/load.ts'
import { formatProblem } from '../../../src/lab/problem.ts'

const LABS = join(import.meta.dirname, '../../../labs')

test('labs/lab.schema.json is what the schema in the source says', () => {
  expect(readFileSync(join(LABS, 'lab.schema.json'), 'utf8')).toBe(labJsonSchema())
})

describe.each(loadLabs(LABS))('the lab $id', ({ dir }) => {
  test('has no mistakes', () => {
    expect(lintLab(dir).map(formatProblem)).toEqual([])
  })

  test('has no text that no step uses', () => {
    const entry = loadLabs(LABS).find((entry) => entry.dir === dir)
    const steps = entry && 'lab' in entry ? entry.lab.steps.length : 0
    expect(readdirSync(join(dir, 'steps'))).toHaveLength(steps)
  })
})
