import { createInterface } from 'node:readline/promises'
import { pathsFrom } from '../../../src/base/paths.ts'
import { createSandboxDriver } from '../../../src/drivers/sandbox/sandbox.ts'

/** `attacher <state> argv…`: hands its terminal to a command in node0 of the lab, then reads a line itself. */
const [, , state = '', ...argv] = process.argv
const paths = pathsFrom({ XDG_STATE_HOME: state })
const driver = createSandboxDriver({ paths, programs: [], node: '', env: {} })
const before = createInterface({ input: process.stdin, output: process.stdout })
before.close()
const running = await driver.find('lab')
process.stdout.write(`exit code ${await running?.machines[0]?.attach(argv)}\n`)
const lines = createInterface({ input: process.stdin })
for await (const line of lines) {
  process.stdout.write(`caller read "${line}"\n`)
  break
}
