import type { Network, PluginConf } from './conf.ts'
import type { CniResult } from './result.ts'

export interface PortMapping {
  readonly hostPort: number
  readonly containerPort: number
  /** Lower case: tcp, udp, sctp. */
  readonly protocol: string
  readonly hostIP: string
}

/** One pod's wish for an interface. Plain data: it is kept on the node, so that a later runtime can undo it. */
export interface Attachment {
  readonly containerId: string
  /** Path of the network namespace in the node's mount namespace. */
  readonly netns: string
  /** What `ip netns` calls it. */
  readonly netnsName: string
  readonly ifName: string
  readonly podNamespace: string
  readonly podName: string
  readonly portMappings: readonly PortMapping[]
  readonly dns: {
    readonly servers: readonly string[]
    readonly searches: readonly string[]
    readonly options: readonly string[]
  }
}

/** CNI_ARGS as containerd's CRI service gives it, in pairs. */
export function cniArgs(attachment: Attachment): [string, string][] {
  return [
    ['IgnoreUnknown', '1'],
    ['K8S_POD_NAMESPACE', attachment.podNamespace],
    ['K8S_POD_NAME', attachment.podName],
    ['K8S_POD_INFRA_CONTAINER_ID', attachment.containerId],
  ]
}

/** What the runtime offers to plugins that declare a capability: CNI conventions, "dynamic plugin specific fields". */
export function capabilityArgs(attachment: Attachment): Record<string, unknown> {
  const { dns, portMappings } = attachment
  return {
    ...(dns.servers.length > 0 && {
      dns: { Servers: dns.servers, Searches: dns.searches, Options: dns.options },
    }),
    ...(portMappings.length > 0 && { portMappings }),
  }
}

/** The configuration that one plugin of the chain reads on its standard input: libcni's buildOneConfig and injectRuntimeConfig. */
export function pluginInput(
  network: Network,
  plugin: PluginConf,
  attachment: Attachment,
  prevResult: CniResult | undefined,
): PluginConf {
  const offered = capabilityArgs(attachment)
  const wanted = Object.entries(plugin.capabilities ?? {}).filter(([name, on]) => on && name in offered)
  return {
    ...plugin,
    name: network.name,
    cniVersion: network.cniVersion,
    ...(prevResult && { prevResult }),
    ...(wanted.length > 0 && {
      runtimeConfig: Object.fromEntries(wanted.map(([name]) => [name, offered[name]])),
    }),
  }
}
