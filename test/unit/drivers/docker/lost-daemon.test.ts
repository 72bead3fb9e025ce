import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { LabError } from '../../../../src/base/errors.ts'
import { pathsFrom } from '../../../../src/base/paths.ts'
import { createDockerDriver } from '../../../../src/drivers/docker/docker.ts'
import { writeRecord } from '../../../../src/drivers/docker/record.ts'

/** Nobody listens there. */
const GONE = { host: 'tcp://127.0.0.1:1', from: 'the context far' }

test('a lab whose daemon is gone for good can be forgotten, and start says how to go on elsewhere', async () => {
  const home = mkdtempSync(join(tmpdir(), 'knet-lost-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  const paths = pathsFrom({ HOME: home }, home)
  const env = { HOME: home, DOCKER_HOST: 'tcp://127.0.0.1:2' }
  const imageFolder = resolve(import.meta.dirname, '../../../../images/node')
  const driver = createDockerDriver({ paths, env, imageFolder, terminalProgram: [] })
  const topology = { name: 'lost', networks: [], machines: [] }
  const run = paths.run('lost')
  mkdirSync(run, { recursive: true })
  await writeRecord(run, { endpoint: GONE, owner: '1', cluster: 'lost', image: '', topology, state: 'up' })
  const refusals = [driver.down('lost'), driver.up(topology, {})]
  const [down, up] = await Promise.all(refusals.map((one) => one.catch((thrown: LabError) => thrown)))
  for (const refusal of [down, up]) {
    expect(refusal).toMatchObject({
      code: 'KNET_DOCKER',
      message: expect.stringContaining(
        'Docker at tcp://127.0.0.1:1 (the context far) does not answer',
      ) as string,
    })
  }
  expect((down as LabError).hint).toContain(`rm -r ${run}`)
  expect((up as LabError).hint).toContain('knet-labs stop lost')
})
