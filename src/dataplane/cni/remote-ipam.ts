import type { Attachment } from './attachment.ts'
import type { PluginConf } from './conf.ts'

/** An IPAM that keeps its books elsewhere than on the node, as Calico does in the API. */
export interface RemoteIpam {
  /** The pod's address, without prefix length. @throws Error in the IPAM plugin's words */
  assign(attachment: Attachment): Promise<string>
  /** Gives back what an attachment has; does nothing when that is nothing. */
  release(attachment: Attachment): Promise<void>
}

/** Remote IPAMs by the plugin type they stand in for: calico-ipam. */
export type RemoteIpams = ReadonlyMap<string, RemoteIpam>

/** The remote IPAM that a plugin's configuration names, if it does. */
export function remoteIpamOf(conf: PluginConf, ipams: RemoteIpams): RemoteIpam | undefined {
  const { type } = (conf['ipam'] ?? {}) as { type?: unknown }
  return typeof type === 'string' ? ipams.get(type) : undefined
}
