import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadLab } from '../../../src/lab/load.ts'
import { proveLab } from '../../../src/session/proof.ts'
import { restoreTo } from '../../../src/session/restore.ts'
import { labPorts } from '../../helpers/lab-ports.ts'
import { run, type SandboxNodes, sandboxNodes } from '../../helpers/sandbox-nodes.ts'

let nodes: SandboxNodes

beforeAll(async () => {
  nodes = await sandboxNodes(['172.19.0.2'])
  for (const machine of nodes.machines) await run(machine, 'mount', '-t', 'tmpfs', 'tmpfs', '/root')
})
afterAll(() => nodes.close())

test('every step of the containers lab fails untouched, passes each right way, and fails undone', async () => {
  const lab = loadLab(join(import.meta.dirname, '../../../labs/containers'))
  const ports = labPorts(nodes.machines)
  const proof = await proveLab(lab, ports)
  // Its servers leave the test's process group: undoing ends them.
  await restoreTo(lab, lab.steps[0]!, ports)
  const broken = proof.claims.filter((claim) => !claim.holds)
  expect(broken.map(({ step, claim, why }) => `${step} ${claim}: ${why}`)).toEqual([])
  expect(proof.holds).toBe(true)
}, 180_000)
