import { posix } from 'node:path'
import { LabError } from '../base/errors.ts'
import { createCni, type Cni } from '../dataplane/cni/cni.ts'
import { podAddress } from '../dataplane/cni/result.ts'
import type { RemoteIpams } from '../dataplane/cni/remote-ipam.ts'
import { mendBridges } from '../dataplane/cni/mend.ts'
import type { ContainerSpec, PodRuntime, Sandbox, SandboxSpec } from '../kube/kubelet/runtime.ts'
import type { Machine } from '../machine/machine.ts'
import { commandLine } from '../machine/quote.ts'
import type { Image, ImageCatalogue } from '../workloads/image.ts'
import { imageProblem } from '../workloads/image-problem.ts'
import { Agent } from './agent.ts'
import { batched } from './batch.ts'
import type { Container } from './container.ts'
import { startContainers, type ContainerRequest } from './containers.ts'
import { removeLeftovers } from './leftovers.ts'
import { environmentOf } from './container-plan.ts'
import { CONTAINERS } from './node-programs.ts'
import type { Daemon } from './daemon.ts'
import { PauseWatch } from './pause-watch.ts'
import { signal } from './processes.ts'
import { removeRemains, type Remains } from './removal.ts'
import { makeSandboxes, type MadeSandbox } from './sandboxes.ts'
import { templateMaker } from './templates.ts'

export interface PodRuntimeOptions {
  readonly machine: Machine
  readonly images: ImageCatalogue
  /** Of networks whose addresses are not the node's to give out. */
  readonly ipams?: RemoteIpams
  /** What images may name. */
  readonly daemons?: ReadonlyMap<string, Daemon>
}

/** A pod with a network of its own. */
export interface PodAddress {
  /** Path of its network namespace on the node. */
  readonly netns: string
  readonly address: string
}

interface Pod {
  readonly sandbox: Sandbox
  /** Its network, until that is undone. */
  attached: MadeSandbox['attached']
  readonly containers: Map<string, Instance[]>
  /** Its processes are to end, or have. */
  isOver: boolean
}

/** A container, running or not, and its log file on the node. */
interface Instance {
  readonly container: Container
  readonly logPath: string
  /** Resolves when the daemon that worked for it has stopped. */
  readonly served: Promise<void> | undefined
}

/** Exited containers of one name whose logs can still be read: the last one is what `kubectl logs --previous` shows. */
const KEPT_CONTAINERS = 2

/**
 * The runtime of one node: starts its agent, and removes what an earlier runtime left there.
 * @throws LabError KNET_AGENT when the agent does not come up.
 */
export async function createPodRuntime(options: PodRuntimeOptions): Promise<NodePodRuntime> {
  const agent = await Agent.start(options.machine)
  const { machine, ipams = new Map() } = options
  const cni = createCni({ shell: agent, machine, ipams })
  await removeLeftovers(agent, cni)
  return new NodePodRuntime(agent, cni, options)
}

export class NodePodRuntime implements PodRuntime {
  readonly agentExited: Promise<void>
  readonly #agent: Agent
  readonly #cni: Cni
  readonly #images: ImageCatalogue
  readonly #daemons: ReadonlyMap<string, Daemon>
  readonly #pods = new Map<string, Pod>()
  readonly #watch = new PauseWatch()
  readonly #make: (spec: SandboxSpec) => Promise<MadeSandbox>
  readonly #start: (request: ContainerRequest) => Promise<Container>
  readonly #remove: (remains: Remains) => Promise<void>
  readonly #templateFor: ReturnType<typeof templateMaker>

  constructor(
    agent: Agent,
    cni: Cni,
    { images, daemons = new Map() }: Pick<PodRuntimeOptions, 'images' | 'daemons'>,
  ) {
    this.#agent = agent
    this.#cni = cni
    this.#images = images
    this.#daemons = daemons
    this.agentExited = agent.exited
    this.#templateFor = templateMaker(agent)
    this.#remove = batched((calls) => removeRemains(agent, cni, calls))
    this.#make = batched((calls) =>
      makeSandboxes(agent, cni, calls, (id, attached) =>
        this.#discard({ id, attached, containerIds: [], logs: [] }),
      ),
    )
    this.#start = batched(async (calls) => startContainers(agent, calls))
  }

  async createSandbox(spec: SandboxSpec): Promise<Sandbox> {
    const { sandbox: made, attached } = await this.#make(spec)
    const sandbox = { ...made, lost: this.#watch.ended(made.pausePid) }
    this.#pods.set(made.id, { sandbox, attached, containers: new Map(), isOver: false })
    return sandbox
  }

  async stopSandbox(id: string): Promise<void> {
    const pod = this.#pods.get(id)
    if (pod && !pod.isOver) await this.#end(pod)
  }

  async removeSandbox(id: string): Promise<void> {
    const pod = this.#pods.get(id)
    if (!pod) return
    const instances = instancesOf(pod)
    const logs = new Set(instances.map(({ logPath }) => posix.dirname(posix.dirname(logPath))))
    await this.#end(pod, [...logs])
    this.#pods.delete(id)
    for (const { container } of instances) container.close()
  }

  async #end(pod: Pod, logs: readonly string[] = []): Promise<void> {
    const { sandbox, attached } = pod
    const instances = instancesOf(pod)
    const containers = instances.map(({ container }) => container)
    this.#watch.forget(sandbox.pausePid)
    if (!pod.isOver) signal(sandbox.pausePid, 'SIGKILL')
    pod.isOver = true
    for (const container of containers) container.kill()
    await Promise.all([...containers.map(({ exited }) => exited), ...instances.map(({ served }) => served)])
    await this.#discard({ id: sandbox.id, attached, containerIds: containers.map(({ id }) => id), logs })
    pod.attached = undefined
  }

  async startContainer(sandbox: Sandbox, spec: ContainerSpec): Promise<Container> {
    const image = this.#images.find(spec.image)
    const pod = this.#pods.get(sandbox.id)
    if (!image || !pod || pod.isOver) {
      const message = image ? `sandbox ${sandbox.id} is gone` : imageProblem(this.#images, spec.image)
      throw new LabError('KNET_CONTAINER', { message })
    }
    const instance = await this.#runIn(sandbox, spec, image)
    const earlier = pod.containers.get(spec.name) ?? []
    const stale = earlier.filter((old) => old.container.hasEnded).slice(0, -(KEPT_CONTAINERS - 1))
    this.#forget(stale)
    const kept = earlier.filter((old) => !stale.includes(old))
    pod.containers.set(spec.name, [...kept, instance])
    return instance.container
  }

  /** What is to enter the namespaces of a pause process that has just ended may not live to say so. */
  async #runIn(sandbox: Sandbox, spec: ContainerSpec, image: Image): Promise<Instance> {
    const running = this.#run(sandbox, spec, image)
    const instance = await Promise.race([running, sandbox.lost])
    if (instance) return instance
    running.then(
      ({ container }) => container.kill(),
      () => {},
    )
    throw new LabError('KNET_CONTAINER', { message: `sandbox ${sandbox.id} is gone` })
  }

  async #run(sandbox: Sandbox, spec: ContainerSpec, image: Image): Promise<Instance> {
    const { logPath } = spec
    const template = await this.#templateFor(image)
    const daemon = this.#daemonOf(spec, image)
    if (!daemon) {
      const container = await this.#start({ sandbox, spec, image, template })
      return { container, logPath, served: undefined }
    }
    await daemon.free()
    const container = await this.#start({
      sandbox,
      spec: { ...spec, stdin: true, tty: false },
      image,
      template,
    })
    const environment = environmentOf(spec, sandbox.spec, image)
    return { container, logPath, served: daemon.serve(container, { image: spec.image, environment }) }
  }

  /** It belongs to the image's own program: what else a pod runs in the image has nothing to do with it. */
  #daemonOf({ command = [], args = [] }: ContainerSpec, { daemon }: Image): Daemon | undefined {
    return daemon !== undefined && command.length + args.length === 0 ? this.#daemons.get(daemon) : undefined
  }

  /** A container that crashes for hours leaves no more than its last instances. */
  #forget(instances: readonly Instance[]): void {
    if (instances.length === 0) return
    for (const { container } of instances) container.close()
    const paths = instances.flatMap(({ container, logPath }) => [`${CONTAINERS}/${container.id}`, logPath])
    this.#agent.post(`rm -rf ${commandLine(paths)}`)
  }

  imageProblem(image: string): string | undefined {
    return this.#images.find(image) ? undefined : imageProblem(this.#images, image)
  }

  networkProblem(): Promise<string | undefined> {
    return this.#cni.problem()
  }

  async probe(argv: readonly string[], timeoutMs: number): Promise<{ exitCode: number; output: string }> {
    return this.run(commandLine(['timeout', String(timeoutMs / 1000), ...argv]))
  }

  /**
   * A script on the node, with little output: through the agent, since a fork of a small shell costs a tenth of a process
   * that is started from here.
   */
  run(script: string): Promise<{ exitCode: number; output: string }> {
    return this.#agent.runAside(script)
  }

  /** Of the pods that live. */
  addresses(): PodAddress[] {
    return [...this.#pods.values()].flatMap(({ attached, isOver }) => {
      const address = attached?.result && podAddress(attached.result)
      return attached && address && !isOver ? [{ netns: attached.attachment.netns, address }] : []
    })
  }

  /** Puts the pods' part of the node's network back as it was made. @returns what was missing, a line each. */
  mendNetwork(): Promise<string[]> {
    return mendBridges(
      this.#agent,
      [...this.#pods.values()].flatMap(({ attached, isOver }) => (isOver ? [] : (attached ?? []))),
    )
  }

  /** Ends the agent. Pods live on, until the node's namespaces end or {@link createPodRuntime} finds them. */
  stop(): void {
    this.#watch.stop()
    this.#agent.stop()
  }

  /** The agent may be gone: then the node is beyond repair, and nothing is left to tidy for. */
  async #discard(remains: Remains): Promise<void> {
    await this.#remove(remains).catch((error: unknown) => {
      if (!(error instanceof LabError && error.code === 'KNET_AGENT')) throw error
    })
  }
}

function instancesOf({ containers }: Pod): Instance[] {
  return [...containers.values()].flat()
}
