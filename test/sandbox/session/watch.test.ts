import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StepReport } from '../../../src/session/check-step.ts'
import { watchStep } from '../../../src/session/watch.ts'
import { fileStep, labOf } from '../../helpers/lab-folder.ts'
import { labPorts } from '../../helpers/lab-ports.ts'
import { run, type SandboxNodes, sandboxNodes } from '../../helpers/sandbox-nodes.ts'

let nodes: SandboxNodes

beforeAll(async () => {
  nodes = await sandboxNodes(['172.19.0.2'])
})
afterAll(() => nodes.close())

test('a change in the kernel is noticed, and each outcome reported once', async () => {
  const [node0] = nodes.machines
  const step = fileStep('watch', '/nowhere', {
    checks: [{ kind: 'link', on: 'node0', name: 'br7', type: 'bridge' }],
  })
  const over = new AbortController()
  const reports: boolean[] = []
  const onReport = async (report: StepReport) => {
    reports.push(report.holds)
    if (report.holds) over.abort()
    else await run(node0!, 'ip', 'link', 'add', 'br7', 'type', 'bridge')
  }
  await watchStep(
    labOf([step]),
    step,
    labPorts(nodes.machines),
    over.signal,
    (report) => void onReport(report),
  )
  expect(reports).toEqual([false, true])
})
