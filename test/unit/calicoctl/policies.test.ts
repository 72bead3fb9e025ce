import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { KubeObject } from '../../../src/kube/objects.ts'
import type { ResourceType } from '../../../src/kube/resources.ts'
import { calicoCluster, type CalicoCluster } from '../../helpers/calico-cluster.ts'

const GOLDEN = resolve(import.meta.dirname, '../../golden/calicoctl/policy')
const FILE = resolve(GOLDEN, 'f-globalnetworkpolicy.yaml')
const golden = (file: string) => readFileSync(resolve(GOLDEN, file), 'utf8')

const POLICIES: ResourceType<KubeObject & { spec: unknown }> = {
  group: 'crd.projectcalico.org',
  version: 'v1',
  plural: 'globalnetworkpolicies',
  kind: 'GlobalNetworkPolicy',
  namespaced: false,
}

let cluster: CalicoCluster
beforeEach(async () => {
  cluster = await calicoCluster()
})

test('policies are stored as the real one stores them', async () => {
  expect(await cluster.calicoctl('apply', '-f', FILE)).toMatchObject({ stdout: golden('apply.txt') })
  const { items } = await cluster.client.list(POLICIES)
  const stored = parse(golden('crd.yaml')) as { items: (typeof items)[number][] }
  const told = ({ metadata, spec }: (typeof items)[number]) => ({
    name: metadata?.name,
    annotations: Object.keys(metadata?.annotations ?? {}),
    kept: Object.keys(JSON.parse(metadata?.annotations?.['projectcalico.org/metadata'] ?? '{}') as object),
    spec,
  })
  expect(items.map(told)).toEqual(stored.items.map(told).toReversed())
})

test('they are shown under their own names, and deleted by them', async () => {
  await cluster.calicoctl('apply', '-f', FILE)
  const [, table = ''] =
    /^\$ calicoctl get globalnetworkpolicy -o wide\n([^$]*)/m.exec(golden('calicoctl-get.txt')) ?? []
  const { stdout } = await cluster.calicoctl('get', 'globalnetworkpolicy', '-o', 'wide')
  expect(stdout.split('\n').toSorted()).toEqual(table.split('\n').toSorted())
  expect(await cluster.calicoctl('delete', '-f', FILE)).toMatchObject({ stdout: golden('delete.txt') })
  expect((await cluster.client.list(POLICIES)).items).toEqual([])
})

test('what changes between reading and writing is read again, unless the author named its version', async () => {
  await cluster.calicoctl('apply', '-f', FILE)
  const { stdout } = await cluster.calicoctl('get', 'gnp', 'deny-probe', '-o', 'yaml')
  expect(await cluster.calicoctl('patch', 'gnp', 'deny-probe', '-p', '{"spec":{"order":1}}')).toMatchObject({
    code: 0,
  })
  const late = await cluster.calicoctlReading(stdout, 'apply', '-f', '-')
  expect(late).toMatchObject({
    code: 1,
    stderr:
      "Failed to apply 'GlobalNetworkPolicy' resource: [update conflict: GlobalNetworkPolicy(deny-probe)]\n",
  })
})
