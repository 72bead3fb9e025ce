import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { goldenCluster, type CalicoCluster } from '../../helpers/calico-cluster.ts'

/** What a real calicoctl v3.23.5 said when it was to create something, and what that was. */
const refusals = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../golden/calicoctl/refusals.json'), 'utf8'),
) as { given: string; said: string }[]

let cluster: CalicoCluster
beforeAll(async () => {
  cluster = await goldenCluster()
})

test.each(refusals)('of $given', async ({ given, said }) => {
  const { stdout, stderr } = await cluster.calicoctlReading(given, 'create', '-f', '-')
  expect(stdout + stderr).toBe(said)
  await cluster.calicoctlReading(given, 'delete', '-f', '-', '--skip-not-exists')
})
