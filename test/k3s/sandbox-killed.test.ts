import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { finished, Stranger } from '../helpers/cli.ts'
import { expectNothingLeft, hostState } from '../helpers/host-state.ts'
import { labGroups } from './lab-groups.ts'
import { whyNoSandbox } from './sandbox-here.ts'

beforeEach(({ skip }) => skip(whyNoSandbox !== undefined, whyNoSandbox))

const START = ['start', 'flannel', '--cluster', 'k3s', '--detach']
const PATIENT = { timeoutMs: 600_000 }

/** When a start is killed: as soon as it has said this. */
const PHASES = [
  'namespaces',
  'machine ',
  'k3s v',
  'k3s has its certificates',
  'node Ready',
  'flannel has its subnet',
  'DNS pod ready',
]

test.each(PHASES)(
  'a start that is killed after "%s" leaves nothing that stop does not remove',
  async (phase) => {
    const ann = new Stranger()
    onTestFinished(() => ann.leave())
    const before = hostState()
    const child = ann.spawn(START, PATIENT)
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes(phase)) child.kill('SIGKILL')
    })
    await finished(child)
    expect(child.signalCode, said).toBe('SIGKILL')
    expect(existsSync(join(ann.lab('flannel'), 'run'))).toBe(true)
    const { code, stdout, stderr } = await ann.run(['stop', 'flannel'])
    expect(code, stderr).toBe(0)
    expect(stdout).toContain('Stopped flannel.')
    expect(labGroups(ann, 'flannel')).toEqual([])
    expect(existsSync(join(ann.lab('flannel'), 'run'))).toBe(false)
    await expectNothingLeft(before, ann.home)
  },
)

test('a start that is killed ends what it began by itself, and the next start removes the rest', async () => {
  const ann = new Stranger()
  onTestFinished(() => ann.leave())
  const child = ann.spawn(START, PATIENT)
  child.stderr?.on('data', (chunk: Buffer) => {
    if (chunk.includes('k3s has its certificates')) child.kill('SIGKILL')
  })
  await finished(child)
  const again = await ann.run(START, PATIENT)
  expect(again.code, again.stderr).toBe(0)
  expect((await ann.kubectl(['get', 'nodes', '--no-headers'])).stdout).toMatch(/^(node\d +Ready .*\n){3}$/)
})
