import { calicoDefinitions } from '../dataplane/calico/definitions.ts'
import { IP_POOLS, type EncapsulationMode } from '../dataplane/calico/resources.ts'
import type { KubeClient } from '../kube/client.ts'
import { CUSTOM_RESOURCE_DEFINITIONS } from '../kube/resources.ts'

/** What a cluster with Calico has from the start: its kinds, and one pool of addresses, as Calico's own first start makes it. */
export async function installCalico(
  client: KubeClient,
  pool: { readonly podCIDR: string; readonly ipip: EncapsulationMode },
): Promise<void> {
  await Promise.all(calicoDefinitions().map((one) => client.create(CUSTOM_RESOURCE_DEFINITIONS, one)))
  await client.create(IP_POOLS, {
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'IPPool',
    metadata: { name: 'default-ipv4-ippool' },
    spec: {
      allowedUses: ['Workload', 'Tunnel'],
      blockSize: 26,
      cidr: pool.podCIDR,
      ipipMode: pool.ipip,
      natOutgoing: true,
      nodeSelector: 'all()',
      vxlanMode: 'Never',
    },
  })
}
