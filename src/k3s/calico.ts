import { readFile } from 'node:fs/promises'
import { LabError, messageOf } from '../base/errors.ts'
import type { SharedFile } from '../machine/driver.ts'
import type { AssetOptions, K3sAssets } from './assets.ts'

/** A line or two of Calico's manifest that are not what this cluster needs. */
interface Change {
  /** What it is for, for people. */
  readonly why: string
  readonly from: RegExp
  readonly to: string
}

const changes = (podCIDR: string): Change[] => [
  {
    why: 'pods forward packets: some of what k3s runs in pods needs it (container_settings)',
    from: /^( *)"ipam": \{\n *"type": "calico-ipam"\n *\},$(?!\n *"container_settings")/m,
    to: '$&\n$1"container_settings": {\n$1    "allow_ip_forwarding": true\n$1},',
  },
  {
    why: `pods have addresses of ${podCIDR}, as k3s was told (CALICO_IPV4POOL_CIDR)`,
    from: /^( *)# - name: CALICO_IPV4POOL_CIDR\n *# {3}value: .*$/m,
    to: `$1- name: CALICO_IPV4POOL_CIDR\n$1  value: "${podCIDR}"`,
  },
]

/** Calico's manifest for k3s. */
export interface CalicoForK3s {
  readonly manifest: string
  /** What was changed, a line each. What a manifest has already, such as one that somebody patched before, is left. */
  readonly changed: readonly string[]
}

/** Calico's own manifest with what k3s needs, and nothing else, changed in its text, so that `diff` shows just that. */
export function calicoForK3s(published: string, podCIDR: string): CalicoForK3s {
  const due = changes(podCIDR).filter(({ from }) => from.test(published))
  return {
    manifest: due.reduce((text, { from, to }) => text.replace(from, to), published),
    changed: due.map(({ why }) => why),
  }
}

/** The program calicoctl, for all machines; undefined where it can't be had: few steps of labs need it. */
export async function obtainCalicoctl(
  assets: K3sAssets,
  options: AssetOptions,
): Promise<SharedFile | undefined> {
  const source = await assets.calicoctl?.(options).catch((thrown: unknown) => {
    if (!(thrown instanceof LabError) || thrown.code !== 'KNET_DOWNLOAD') throw thrown
    options.onProgress(`${messageOf(thrown)} Machines have no calicoctl then.`)
  })
  return source ? { source, target: '/usr/local/bin/calicoctl', executable: true } : undefined
}

/** What labs call it, in their texts and on their machines. */
export const CALICO_FILE = 'calico-k3s.yaml'

export interface CalicoFiles extends CalicoForK3s {
  /** As it was before it was changed. */
  readonly published: string
  readonly images: readonly string[]
}

/**
 * Calico's manifest, for k3s. Where it can't be had, the one that labs bring for the sandbox: it runs the same programs.
 * @param own that one's path.
 */
export async function obtainCalico(
  assets: K3sAssets,
  own: string,
  podCIDR: string,
  options: AssetOptions,
): Promise<CalicoFiles> {
  const { manifest: published, images } = await assets.calico(options).catch(async (thrown: unknown) => {
    if (!(thrown instanceof LabError) || thrown.code !== 'KNET_DOWNLOAD') throw thrown
    options.onProgress(`${messageOf(thrown)} This lab's own manifest of Calico is used instead.`)
    return { manifest: await readFile(own, 'utf8'), images: [] }
  })
  return { ...calicoForK3s(published, podCIDR), published, images }
}
