import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { posix } from 'node:path'
import { LabError } from '../base/errors.ts'
import { writeLine } from '../dataplane/cni/node-shell.ts'
import type { ContainerSpec, Sandbox } from '../kube/kubelet/runtime.ts'
import { commandLine, quoted } from '../machine/quote.ts'
import type { Image } from '../workloads/image.ts'
import type { Agent } from './agent.ts'
import type { Call } from './batch.ts'
import { Container, findProcesses } from './container.ts'
import { overlayFolders, rootFstab, volumeFstab } from './container-mounts.ts'
import { environmentOf, type ContainerPlan } from './container-plan.ts'
import { containerScript } from './container-script.ts'
import { CONTAINERS, HOME } from './node-programs.ts'
import { numbersOf } from './processes.ts'

export interface ContainerRequest {
  readonly sandbox: Sandbox
  readonly spec: ContainerSpec
  readonly image: Image
  /** Template of the image's root on the node. */
  readonly template: string
}

interface Starting {
  readonly call: Call<ContainerRequest, Container>
  readonly id: string
  readonly plan: ContainerPlan
}

/** Starts all containers of a batch with one script. */
export function startContainers(agent: Agent, calls: readonly Call<ContainerRequest, Container>[]): void {
  const startings = calls.map((call) => ({ call, ...planOne(call.item) }))
  for (const starting of startings) attend(agent, starting)
  agent.post(startScript(startings))
}

function planOne({ sandbox, spec, image, template }: ContainerRequest) {
  const id = randomBytes(32).toString('hex')
  const environment = environmentOf(spec, sandbox.spec, image)
  const folder = `${CONTAINERS}/${id}`
  const plan = { folder, template, spec, sandbox: sandbox.spec, ip: sandbox.ip, image, environment }
  return { id, plan }
}

/** Follows the shim's messages: `started SHIM APP`, then of the app `running` or `failed REASON`, at last `ended CODE`. */
function attend(agent: Agent, { call, id, plan }: Starting): void {
  let reportEnd: (exitCode: number) => void = () => {}
  const ended = new Promise<number>((resolve) => {
    reportEnd = resolve
  })
  let container: Container | undefined
  let outcome: string | undefined
  const settle = () => {
    if (!container || outcome === undefined) return
    if (outcome === 'running') call.resolve(container)
    else call.reject(startError(plan, outcome.replace(/^failed /, '')))
  }
  const hear = (message: string) => {
    if (message.startsWith('started ')) {
      container = adopt(agent, { id, plan }, message, ended)
      if (!container) outcome = 'failed its shim was killed'
      if (!container) call.reject(startError(plan, 'its shim was killed'))
    } else if (message.startsWith('ended ')) {
      agent.forget(id)
      outcome ??= 'failed it ended while it was being set up'
      reportEnd(Number(message.slice('ended '.length)))
      if (outcome !== 'running') agent.post(`rm -rf ${plan.folder}`)
    } else {
      outcome = message
    }
    settle()
  }
  agent.listen(id, hear, () => call.reject(startError(plan, "the node's agent has ended")))
}

function adopt(
  agent: Agent,
  { id, plan }: Pick<Starting, 'id' | 'plan'>,
  message: string,
  ended: Promise<number>,
): Container | undefined {
  const processes = findProcesses(agent, message)
  if (!processes) return undefined
  const workingDir = plan.spec.workingDir || plan.image.workingDir
  const acknowledge = () => writeFileSync(`/proc/${processes.shim}/fd/7`, '\n')
  return new Container(id, processes, { environment: plan.environment, workingDir }, ended, acknowledge)
}

/** In runc's words, as far as kubectl describe shows them. */
function startError(plan: ContainerPlan, reason: string): LabError {
  return new LabError('KNET_CONTAINER', {
    message: `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ${reason}: unknown`,
    hint: `Look at the command of the container ${plan.spec.name}, and at what the image ${plan.spec.image} has.`,
  })
}

/** The pause process as the node numbers it. */
function pauseOnNode(sandbox: Sandbox): number {
  return numbersOf(sandbox.pausePid).at(-1) ?? 0
}

function startScript(startings: readonly Starting[]): string {
  const folders = startings.map(({ plan }) => plan.folder)
  const inside = startings.flatMap(({ plan }) => [`${plan.folder}/root`, ...overlayFolders(plan)])
  const logFolders = startings.map(({ plan }) => posix.dirname(plan.spec.logPath))
  return [
    `mkdir -p ${commandLine([...inside, ...new Set(logFolders)])}`,
    `mkfifo ${folders.flatMap((folder) => [`${folder}/stdout`, `${folder}/stderr`, `${folder}/seen`]).join(' ')}`,
    ...startings.flatMap(({ call, id, plan }) => {
      const { sandbox } = call.item
      const shim = `sh ${HOME}/shim ${id} ${quoted(plan.spec.logPath)}`
      return [
        writeLine(`${plan.folder}/run`, containerScript(plan)),
        writeLine(`${plan.folder}/fstab`, rootFstab(plan)),
        ...(plan.spec.mounts.length > 0 ? [writeLine(`${plan.folder}/volumes`, volumeFstab(plan))] : []),
        `nsenter --target ${pauseOnNode(sandbox)} --net --uts --ipc unshare --mount --pid ${shim} &`,
      ]
    }),
  ].join('\n')
}
