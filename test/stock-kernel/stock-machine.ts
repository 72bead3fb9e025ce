import { resolve } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { fetchStockKernel, whyNoStockKernel } from './kernel.ts'
import { bootStockKernel, type StockMachine } from './machine.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** Why every test is skipped; undefined where they run. */
export const whyNot = whyNoStockKernel()

/**
 * A machine for the tests of a suite, one after another: modules that were loaded stay.
 * @returns what runs a script in this project's folder and returns what it said, or fails the test with that
 */
export function stockMachine(): (script: string) => Promise<string> {
  let machine: StockMachine | undefined
  beforeAll(async () => {
    if (!whyNot) machine = await bootStockKernel(fetchStockKernel())
  })
  afterAll(() => machine?.stop())
  return async (script) => {
    if (!machine) throw new Error('there is no machine')
    const { exitCode, said } = await machine.run(`cd '${ROOT}'\n${script}`)
    expect(exitCode, said).toBe(0)
    return said
  }
}
