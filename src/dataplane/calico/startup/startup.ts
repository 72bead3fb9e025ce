import { randomUUID } from 'node:crypto'
import { ApiError, type KubeClient } from '../../../kube/client.ts'
import { CLUSTER_INFORMATIONS, FELIX_CONFIGURATIONS, IP_POOLS, TIERS } from '../resources.ts'
import { createUnlessThere, own, unlessFaster } from './create-unless-there.ts'
import { defaultPool } from './default-pool.ts'

type Client = Pick<KubeClient, 'get' | 'list' | 'create' | 'update'>

interface Startup {
  /** Of the container: CALICO_IPV4POOL_…, CLUSTER_TYPE. */
  readonly environment: Readonly<Record<string, string>>
  /** Of the image: v3.23.5. */
  readonly version: string
  /** What the container logs. */
  readonly say: (line: string) => void
}

/** Makes what every cluster with Calico has, as far as it is not there. @throws Error in calico/node's words */
export async function ensureDefaults(client: Client, startup: Startup): Promise<void> {
  await ensurePool(client, startup)
  await ensureClusterInformation(client, startup)
  await createUnlessThere(client, FELIX_CONFIGURATIONS, {
    ...own('FelixConfiguration', 'default'),
    spec: { bpfLogLevel: '', floatingIPs: 'Disabled', logSeverityScreen: 'Info', reportingInterval: '0s' },
  })
  await ensureTier(client)
}

/** The tier of all policies, where the manifest knows of tiers: calico/node has made it since 3.26. */
async function ensureTier(client: Client): Promise<void> {
  const spec = { order: 1_000_000, defaultAction: 'Deny' } as const
  await createUnlessThere(client, TIERS, { ...own('Tier', 'default'), spec }).catch((refusal: unknown) => {
    if (!(refusal instanceof ApiError && refusal.code === 404)) throw refusal
  })
}

async function ensurePool(client: Client, { environment, say }: Startup): Promise<void> {
  const spec = defaultPool(environment)
  const { items } = await client.list(IP_POOLS)
  if (!spec || items.some((pool) => !pool.spec.cidr.includes(':'))) return
  if (await createUnlessThere(client, IP_POOLS, { ...own('IPPool', 'default-ipv4-ippool'), spec })) {
    const modes = `IPIP mode: ${spec.ipipMode}, VXLAN mode: ${spec.vxlanMode}`
    say(`Created default IPv4 pool (${spec.cidr}) with NAT outgoing ${spec.natOutgoing}. ${modes}`)
  }
}

/** Upstream: libcalico-go clientv3, EnsureInitialized. */
async function ensureClusterInformation(client: Client, { environment, version }: Startup): Promise<void> {
  const types = [environment['CLUSTER_TYPE'], 'kdd'].filter(Boolean).join(',')
  const before = await client.get(CLUSTER_INFORMATIONS, { name: 'default' })
  if (!before) {
    const clusterGUID = randomUUID().replaceAll('-', '')
    const spec = { calicoVersion: version, clusterGUID, clusterType: types, datastoreReady: true }
    await createUnlessThere(client, CLUSTER_INFORMATIONS, { ...own('ClusterInformation', 'default'), spec })
    return
  }
  if (before.spec.calicoVersion === version && before.spec.clusterType) return
  const spec = { ...before.spec, calicoVersion: version, clusterType: before.spec.clusterType || types }
  await client.update(CLUSTER_INFORMATIONS, { ...before, spec }).catch(unlessFaster)
}
