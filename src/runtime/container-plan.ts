import type { ContainerSpec, SandboxSpec } from '../kube/kubelet/runtime.ts'
import type { Image } from '../workloads/image.ts'

/** What a container's script needs to know. */
export interface ContainerPlan {
  /** The container's folder on the node; becomes the parent of its root. */
  readonly folder: string
  /** The folder that its root is a private copy of. */
  readonly template: string
  readonly spec: ContainerSpec
  readonly sandbox: SandboxSpec
  /** The pod's address; empty for host network. */
  readonly ip: string
  readonly image: Image
  readonly environment: Readonly<Record<string, string>>
}

/** Entrypoint and arguments, as Kubernetes combines the pod's and the image's (docs: "Define a command and arguments"). */
export function commandOf(spec: ContainerSpec, image: Image): readonly string[] {
  if (spec.command && spec.command.length > 0) return [...spec.command, ...(spec.args ?? [])]
  return [...image.entrypoint, ...(spec.args && spec.args.length > 0 ? spec.args : image.cmd)]
}

/** The container's environment: the runtime's, the image's, the pod's; later ones win. */
export function environmentOf(
  spec: ContainerSpec,
  sandbox: SandboxSpec,
  image: Image,
): Record<string, string> {
  const terminal: Record<string, string> = spec.tty ? { TERM: 'xterm' } : {}
  return { HOSTNAME: sandbox.hostname, HOME: '/root', ...terminal, ...image.env, ...spec.env }
}
