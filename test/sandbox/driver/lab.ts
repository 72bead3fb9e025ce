import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { pathsFrom, type Paths } from '../../../src/base/paths.ts'
import { createSandboxDriver } from '../../../src/drivers/sandbox/sandbox.ts'
import type { Driver } from '../../../src/machine/driver.ts'
import type { Topology } from '../../../src/machine/topology.ts'
import { topologyNamed } from './topology.ts'

export interface TestLab {
  readonly driver: Driver
  readonly paths: Paths
  readonly topology: Topology
  /** A folder of the host's, outside the lab's. */
  readonly folder: string
}

/** A sandbox driver with a state folder of its own. What the test brings up is taken down after it. */
export function testLab(name = 'lab', source = ''): TestLab {
  const folder = mkdtempSync(join(tmpdir(), 'knet-driver-'))
  const program = join(folder, 'program.mjs')
  writeFileSync(program, source)
  const paths = pathsFrom({ XDG_STATE_HOME: join(folder, 'state') })
  const driver = createSandboxDriver({ paths, programs: [program], node: process.execPath, env: process.env })
  onTestFinished(async () => {
    for (const lab of await driver.list()) await driver.down(lab)
    rmSync(folder, { recursive: true })
  })
  return { driver, paths, topology: topologyNamed(name), folder }
}
