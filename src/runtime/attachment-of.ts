import { randomUUID } from 'node:crypto'
import type { Attachment } from '../dataplane/cni/attachment.ts'
import type { SandboxSpec } from '../kube/kubelet/runtime.ts'

/** The CNI attachment that a pod wants. @param containerId the sandbox's id. */
export function attachmentOf(spec: SandboxSpec, containerId: string): Attachment {
  const netnsName = `cni-${randomUUID()}`
  return {
    containerId,
    netnsName,
    // As containerd writes it: /var/run is /run.
    netns: `/var/run/netns/${netnsName}`,
    ifName: 'eth0',
    podNamespace: spec.namespace,
    podName: spec.name,
    portMappings: spec.hostPorts.map(({ hostPort, containerPort, protocol, hostIP }) => ({
      hostPort,
      containerPort,
      protocol: protocol.toLowerCase(),
      hostIP: hostIP ?? '',
    })),
    dns: dnsOf(spec.resolvConf),
  }
}

function dnsOf(resolvConf: string): Attachment['dns'] {
  const lines = resolvConf.split('\n').map((line) => line.trim().split(/\s+/))
  const valuesOf = (keyword: string) =>
    lines.filter(([first]) => first === keyword).flatMap(([, ...rest]) => rest)
  return { servers: valuesOf('nameserver'), searches: valuesOf('search'), options: valuesOf('options') }
}
