import { expect, test } from 'vitest'
import {
  controllersConfiguration,
  leakGraceMs,
} from '../../../../src/dataplane/calico/startup/controllers-configuration.ts'
import { whenKindsAreServed } from '../../../../src/dataplane/calico/startup/datastore.ts'
import { defaultPool } from '../../../../src/dataplane/calico/startup/default-pool.ts'
import { ensureDefaults } from '../../../../src/dataplane/calico/startup/startup.ts'
import {
  CLUSTER_INFORMATIONS,
  FELIX_CONFIGURATIONS,
  IP_POOLS,
  KUBE_CONTROLLERS_CONFIGURATIONS,
  TIERS,
} from '../../../../src/dataplane/calico/resources.ts'
import { ApiError } from '../../../../src/kube/client.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import type { ResourceType } from '../../../../src/kube/resources.ts'
import { MemoryStore } from '../../../helpers/memory-store.ts'

test('the pool of the manifest is the one that a real calico/node makes of it', () => {
  expect(defaultPool({})).toEqual({
    allowedUses: ['Workload', 'Tunnel'],
    blockSize: 26,
    cidr: '192.168.0.0/16',
    ipipMode: 'Never',
    natOutgoing: true,
    nodeSelector: 'all()',
    vxlanMode: 'Never',
  })
  expect(
    defaultPool({
      CALICO_IPV4POOL_CIDR: '10.1.0.0/16',
      CALICO_IPV4POOL_BLOCK_SIZE: '28',
      CALICO_IPV4POOL_IPIP: 'cross-subnet',
      CALICO_IPV4POOL_VXLAN: 'Always',
      CALICO_IPV4POOL_NAT_OUTGOING: 'false',
      CALICO_IPV4POOL_NODE_SELECTOR: 'has(rack)',
    }),
  ).toMatchObject({
    blockSize: 28,
    cidr: '10.1.0.0/16',
    ipipMode: 'CrossSubnet',
    vxlanMode: 'Always',
    natOutgoing: false,
    nodeSelector: 'has(rack)',
  })
  expect(defaultPool({ NO_DEFAULT_POOLS: 'true' })).toBeUndefined()
})

test.each([
  [{ CALICO_IPV4POOL_CIDR: '10.1.0.0/99' }, "Invalid CIDR specified in CALICO_IPV4POOL_CIDR '10.1.0.0/99'"],
  [{ CALICO_IPV4POOL_BLOCK_SIZE: '19' }, 'Invalid blocksize 19 for version 4'],
  [
    { CALICO_IPV4POOL_IPIP: 'Sometimes' },
    "Unrecognized IPIP mode specified in CALICO_IPV4POOL_IPIP 'Sometimes'",
  ],
  [{ CALICO_IPV4POOL_NODE_SELECTOR: 'has(' }, "Invalid node selector 'has(' for version 4"],
  [{ NO_DEFAULT_POOLS: 'true', CALICO_IPV4POOL_CIDR: '10.1.0.0/16' }, 'NO_DEFAULT_POOLS defined and'],
])('the environment %j is refused in calico/node’s words', (environment, words) => {
  expect(() => defaultPool(environment)).toThrow(words)
})

test('nodes that start at once make everything once; a pool that is there is enough; versions follow the image', async () => {
  const store = new MemoryStore()
  const said: string[] = []
  const startup = (version: string, environment = {}) =>
    ensureDefaults(store, { environment, version, say: (line) => said.push(line) })
  await Promise.all(
    ['v3.23.5', 'v3.23.5', 'v3.23.5'].map((version) => startup(version, { CLUSTER_TYPE: 'k8s,bgp' })),
  )
  expect(said).toEqual([
    'Created default IPv4 pool (192.168.0.0/16) with NAT outgoing true. IPIP mode: Never, VXLAN mode: Never',
  ])
  const information = async () => (await store.get(CLUSTER_INFORMATIONS, { name: 'default' }))?.spec
  const before = await information()
  expect(before).toMatchObject({ calicoVersion: 'v3.23.5', clusterType: 'k8s,bgp,kdd', datastoreReady: true })
  await startup('v3.24.1', { CALICO_IPV4POOL_CIDR: '10.9.0.0/16' })
  expect(await information()).toEqual({ ...before, calicoVersion: 'v3.24.1' })
  expect((await store.list(IP_POOLS)).items).toHaveLength(1)
  expect((await store.list(TIERS)).items.map(({ spec }) => spec)).toEqual([
    { order: 1_000_000, defaultAction: 'Deny' },
  ])
})

test('Calico 3.23’s own manifest knows of no tiers, and none is made', async () => {
  class WithoutTiers extends MemoryStore {
    override async create<T extends KubeObject>(type: ResourceType<T>, object: T): Promise<T> {
      if (type.plural === 'tiers') throw new ApiError({ code: 404, reason: 'NotFound', status: 'Failure' })
      return super.create(type, object)
    }
  }
  const store = new WithoutTiers()
  await ensureDefaults(store, { environment: {}, version: 'v3.23.5', say() {} })
  expect((await store.list(FELIX_CONFIGURATIONS)).items).toHaveLength(1)
})

test('the start waits for the last of Calico’s kinds, and can be given up', async () => {
  const store = new MemoryStore()
  const ending = new AbortController()
  const missing: (readonly string[])[] = []
  const waiting = whenKindsAreServed(store, (kinds) => missing.push(kinds), ending.signal)
  const givenUp = expect(waiting).rejects.toThrow('enough')
  await eventuallyTold(missing)
  expect(missing[0]).toContain('ippools')
  ending.abort(new Error('enough'))
  await givenUp
})

async function eventuallyTold(missing: readonly unknown[]): Promise<void> {
  while (missing.length === 0) await new Promise((resolve) => setImmediate(resolve))
}

test('how long a leak is tolerated is 15 minutes until somebody says otherwise; 0 is for ever, as upstream', async () => {
  const store = new MemoryStore()
  const configuration = await controllersConfiguration(store)
  expect(leakGraceMs(configuration)).toBe(900_000)
  const present = await store.get(KUBE_CONTROLLERS_CONFIGURATIONS, { name: 'default' })
  if (!present) throw new Error('there is none')
  for (const [leakGracePeriod, ms] of [
    ['1h0m2s', 3_602_000],
    ['0s', Infinity],
    ['soon', 900_000],
  ] as const) {
    const spec = { controllers: { node: { leakGracePeriod } } }
    await store.update(KUBE_CONTROLLERS_CONFIGURATIONS, { ...present, metadata: { name: 'default' }, spec })
    expect(leakGraceMs(configuration)).toBe(ms)
  }
})
