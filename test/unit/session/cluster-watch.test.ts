import { expect, test } from 'vitest'
import { until } from '../../../src/base/until.ts'
import type { CustomResourceDefinition } from '../../../src/kube/objects.ts'
import { CUSTOM_RESOURCE_DEFINITIONS, SECRETS, type ResourceType } from '../../../src/kube/resources.ts'
import type { KubeObject } from '../../../src/kube/objects.ts'
import { watchCluster } from '../../../src/session/cluster-watch.ts'
import { apiClient } from '../../helpers/api-client.ts'
import { fileStep } from '../../helpers/lab-folder.ts'

const POOLS: ResourceType = {
  group: 'example.com',
  version: 'v1',
  plural: 'pools',
  kind: 'Pool',
  namespaced: false,
}
const DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'pools.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Cluster',
    names: { plural: 'pools', kind: 'Pool' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
} as unknown as CustomResourceDefinition

const pool = (name: string): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Pool',
  metadata: { name },
})

test('a step hears of kinds that only its checks name, those too that come, go and come back with their definitions', async () => {
  const kube = apiClient()
  let told = 0
  const step = fileStep('one', '/nowhere', {
    checks: [
      { kind: 'kube', resource: 'Pool', name: 'a' },
      { kind: 'kube', resource: 'secrets', name: 'b' },
    ],
  })
  const stop = watchCluster(kube, step, () => void told++)
  const hears = async (what: string, change: () => Promise<unknown>) => {
    const before = told
    await change()
    await until(() => told > before, { what: `word of ${what}`, deadlineMs: 2000 })
  }
  for (const time of ['first', 'second']) {
    await hears(`the ${time} definition`, () => kube.create(CUSTOM_RESOURCE_DEFINITIONS, DEFINITION))
    await hears(`the ${time} pool`, () => kube.create(POOLS, pool('a')))
    await hears(`the ${time} pool's end`, () => kube.delete(POOLS, { name: 'a' }))
    await hears(`the end of the ${time}`, () =>
      kube.delete(CUSTOM_RESOURCE_DEFINITIONS, { name: 'pools.example.com' }),
    )
  }
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'b', namespace: 'default' } } as const
  await hears('a secret', () => kube.create(SECRETS, secret))
  stop()
  const last = told
  await kube.create(CUSTOM_RESOURCE_DEFINITIONS, DEFINITION)
  expect(told).toBe(last)
})
