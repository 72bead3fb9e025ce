import type { Container, Pod } from '../objects.ts'
import { environment } from './environment.ts'
import { expand } from './expand.ts'
import type { KubeletConfig, KubeletHost } from './kubelet-host.ts'
import { references } from './references.ts'
import { resolvConf } from './resolv-conf.ts'
import type { ContainerSpec, SandboxSpec } from './runtime.ts'
import { serviceEnv } from './service-env.ts'
import { mountsOf, type ResolvedVolume } from './volumes.ts'

/** What the runtime needs to know of a pod. */
export function sandboxSpec(pod: Pod, config: KubeletConfig): SandboxSpec {
  const { name, namespace = '', uid = '' } = pod.metadata
  const spec = pod.spec ?? { containers: [] }
  const ports = spec.containers.flatMap((container) => container.ports ?? [])
  return {
    namespace,
    name,
    uid,
    hostname: (spec.hostname ?? name).slice(0, 63),
    hostNetwork: spec.hostNetwork ?? false,
    resolvConf: resolvConf(spec, namespace, config),
    hostAliases: (spec.hostAliases ?? []).map(({ ip, hostnames = [] }) => ({ ip, hostnames })),
    hostPorts: ports.flatMap(({ hostPort, containerPort, protocol = 'TCP', hostIP }) =>
      hostPort ? [{ hostPort, containerPort, protocol, ...(hostIP && { hostIP }) }] : [],
    ),
  }
}

export interface ContainerInputs {
  readonly pod: Pod
  readonly container: Container
  readonly podIP: string
  readonly volumes: ReadonlyMap<string, ResolvedVolume>
  /** How often it has been restarted: the number of its log file. */
  readonly restart: number
}

/** @throws MissingReference when a ConfigMap, Secret or key is not there: CreateContainerConfigError */
export async function containerSpec(host: KubeletHost, inputs: ContainerInputs): Promise<ContainerSpec> {
  const { pod, container, podIP, volumes, restart } = inputs
  const { name, namespace = '', uid } = pod.metadata
  const env = await environment(container, {
    pod,
    facts: { podIP, hostIP: host.node.address, nodeName: host.node.name },
    services: serviceEnv(host.services(), namespace, pod.spec?.enableServiceLinks),
    references: references(host.client, namespace),
  })
  const {
    command,
    args,
    workingDir,
    securityContext,
    tty = false,
    stdin = false,
    stdinOnce = false,
  } = container
  return {
    name: container.name,
    image: container.image ?? '',
    ...(command && { command: command.map((word) => expand(word, env)) }),
    ...(args && { args: args.map((word) => expand(word, env)) }),
    ...(workingDir && { workingDir }),
    env,
    ...mountsOf(container, volumes),
    privileged: securityContext?.privileged ?? false,
    tty,
    stdin,
    stdinOnce,
    logPath: `/var/log/pods/${namespace}_${name}_${uid}/${container.name}/${restart}.log`,
  }
}
