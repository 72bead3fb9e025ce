import { ownMetadata } from '../../dataplane/calico/resources.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { KubeObject } from '../../kube/objects.ts'
import type { ResourceType } from '../../kube/resources.ts'

/** How addresses are given out. */
export interface IpamSettings {
  /** Whether nodes keep to their own blocks. */
  readonly strictAffinity: boolean
  readonly autoAllocateBlocks: boolean
  /** 0: as many as it takes. */
  readonly maxBlocksPerHost: number
}

interface IPAMConfig extends KubeObject {
  readonly spec: Partial<IpamSettings>
}

const IPAM_CONFIGS: ResourceType<IPAMConfig> = {
  group: 'crd.projectcalico.org',
  version: 'v1',
  plural: 'ipamconfigs',
  kind: 'IPAMConfig',
  namespaced: false,
}

const DEFAULTS: IpamSettings = { strictAffinity: false, autoAllocateBlocks: true, maxBlocksPerHost: 0 }

export async function ipamSettings(client: KubeClient): Promise<IpamSettings> {
  const config = await client.get(IPAM_CONFIGS, { name: 'default' })
  return config ? { ...DEFAULTS, ...config.spec } : DEFAULTS
}

export async function setStrictAffinity(client: KubeClient, strictAffinity: boolean): Promise<void> {
  const config = await client.get(IPAM_CONFIGS, { name: 'default' })
  const spec = { autoAllocateBlocks: true, ...config?.spec, strictAffinity }
  if (config) await client.update(IPAM_CONFIGS, { ...config, spec })
  else {
    await client.create(IPAM_CONFIGS, {
      apiVersion: 'crd.projectcalico.org/v1',
      kind: 'IPAMConfig',
      metadata: ownMetadata('default'),
      spec,
    })
  }
}
