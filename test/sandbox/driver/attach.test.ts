import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { spawn as spawnInTerminal } from '@lydell/node-pty'
import { expect, onTestFinished, test } from 'vitest'
import { until } from '../../../src/base/until.ts'
import { SHELL } from '../../../src/machine/namespace-machine.ts'
import { bundle } from '../../helpers/bundle.ts'
import { testLab } from './lab.ts'

/** A program that attaches its own terminal to node0 and says the exit code. */
async function attached(argv: readonly string[]) {
  const { driver, topology, folder } = testLab()
  await (await driver.up(topology, {})).keep()
  const program = await bundle(join(import.meta.dirname, 'attacher.ts'))
  onTestFinished(() => rmSync(dirname(program), { recursive: true }))
  const terminal = spawnInTerminal(process.execPath, [program, join(folder, 'state'), ...argv], {
    cols: 100,
    rows: 30,
  })
  let seen = ''
  terminal.onData((data) => (seen += data))
  onTestFinished(() => terminal.kill())
  const sees = (what: RegExp) =>
    until(() => what.exec(seen)?.[0], { what: `${what} in ${JSON.stringify(seen)}`, deadlineMs: 10_000 })
  return { type: (keys: string) => terminal.write(keys), sees, all: () => seen }
}

test('a shell in a machine has a prompt that says where, a terminal of its own and job control', async () => {
  const { type, sees, all } = await attached(SHELL)
  await sees(/root@node0:~# /)
  expect(all()).not.toMatch(/job control|cannot set terminal/)
  type('tty; stty size\r')
  await sees(/\/dev\/pts\/\d+/)
  await sees(/30 100/)
  // One process: between two of them the key would be the shell's own.
  type("sh -c 'echo go; exec sleep 100'\r")
  await sees(/\rgo/)
  type('\u001a')
  await sees(/Stopped/)
  type('fg\r')
  await sees(/fg\r\n[^#]*sleep 100/)
  type('\u0003')
  await sees(/\^C[^#]*# /)
  type('exit 7\r')
  await sees(/exit code 7/)
})

test('after the command has ended the terminal is the caller’s again', async () => {
  const { type, sees } = await attached(['sh', '-c', 'read x; exit 3'])
  type('x\r')
  await sees(/exit code 3/)
  type('line for the caller\r')
  await sees(/caller read "line for the caller"/)
})
