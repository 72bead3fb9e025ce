import { capabilityArgs, cniArgs, type Attachment } from './attachment.ts'
import type { Network } from './conf.ts'
import type { CniResult } from './result.ts'
import { sortedJson } from './sorted-json.ts'

const DIRECTORY = '/var/lib/cni/results'

/** Where libcni keeps the result of an attachment: libcni/api.go, getCacheFilePath. */
export function cachePath(network: Network, containerId: string, ifName: string): string {
  return `${DIRECTORY}/${network.name}-${containerId}-${ifName}`
}

/** The text of that file: libcni's cachedInfo, kind cniCacheV1. */
export function cacheEntry(network: Network, attachment: Attachment, result: CniResult): string {
  const capabilities = capabilityArgs(attachment)
  return JSON.stringify({
    kind: 'cniCacheV1',
    containerId: attachment.containerId,
    config: Buffer.from(network.source).toString('base64'),
    ifName: attachment.ifName,
    networkName: network.name,
    cniArgs: cniArgs(attachment),
    ...(Object.keys(capabilities).length > 0 && { capabilityArgs: capabilities }),
    result: JSON.parse(sortedJson(result)) as unknown,
  })
}
