import { randomBytes } from 'node:crypto'
import { constants, openSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { posix } from 'node:path'
import { LabError } from '../base/errors.ts'
import { writeLine } from '../dataplane/cni/node-shell.ts'
import type { ContainerSpec, Sandbox } from '../kube/kubelet/runtime.ts'
import { commandLine, quoted } from '../machine/quote.ts'
import type { Image } from '../workloads/image.ts'
import type { Agent } from './agent.ts'
import { AttachedClients, type ContainerStdin } from './attached-clients.ts'
import type { Call } from './batch.ts'
import { Container, findProcesses, type Processes } from './container.ts'
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

/** For a shim that is killed before it can say anything. A loaded machine that starts hundreds at once takes a good part of it. */
const START_DEADLINE_MS = 60_000

/** Follows the shim's messages: `started SHIM`, then of the app `running` or `failed REASON`, at last `ended CODE`. */
function attend(agent: Agent, { call, id, plan }: Starting): void {
  let reportEnd: (exitCode: number) => void = () => {}
  const ended = new Promise<number>((resolve) => {
    reportEnd = resolve
  })
  let container: Container | undefined
  let outcome: string | undefined
  const settle = () => {
    if (outcome === undefined) return
    clearTimeout(timer)
    if (outcome === 'running' && container) call.resolve(container)
    else call.reject(startError(plan, outcome.replace(/^failed /, '')))
  }
  const timer = setTimeout(() => {
    outcome = 'failed its shim did not come up'
    settle()
  }, START_DEADLINE_MS).unref()
  const hear = (message: string) => {
    if (message.startsWith('started ')) {
      container = adopt(agent, { id, plan }, message, ended)
      if (outcome) container?.kill()
      if (!container) outcome = 'failed its shim was killed'
    } else if (message.startsWith('ended ')) {
      agent.forget(id)
      outcome ??= 'failed it ended while it was being set up'
      reportEnd(Number(message.slice('ended '.length)))
      if (outcome !== 'running') agent.post(`rm -rf ${plan.folder}`)
    } else {
      outcome ??= message
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
  const { spec, image, environment } = plan
  const acknowledge = () => writeFileSync(`/proc/${processes.shim}/fd/7`, '\n')
  const clients = new AttachedClients(openStdin(spec, processes, acknowledge))
  const target = { environment, workingDir: spec.workingDir || image.workingDir }
  return new Container(id, processes, { target, ended, acknowledge, clients })
}

/** The app waits until this end of its stdin is open, or has none. */
function openStdin(spec: ContainerSpec, { shim, app }: Processes, acknowledge: () => void): ContainerStdin {
  const { tty, stdinOnce } = spec
  const device = tty ? `/proc/${shim}/fd/0` : undefined
  if (!hasStdin(spec)) return { stream: undefined, once: false, device }
  const fd = openSync(`/proc/${app}/fd/8`, constants.O_WRONLY | constants.O_NONBLOCK)
  acknowledge()
  const stream = new Socket({ fd, readable: false, writable: true })
  return { stream, once: stdinOnce, device }
}

/** A terminal has something at its other end even when nobody may write there. */
const hasStdin = ({ stdin, tty }: ContainerSpec): boolean => stdin || tty

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
  const inside = startings.flatMap(({ plan }) => [`${plan.folder}/root`, ...overlayFolders(plan)])
  const logFolders = startings.map(({ plan }) => posix.dirname(plan.spec.logPath))
  return [
    `mkdir -p ${commandLine([...inside, ...new Set(logFolders)])}`,
    `mkfifo ${startings.flatMap(fifosOf).join(' ')}`,
    ...startings.flatMap(({ call, id, plan }) => {
      const { sandbox } = call.item
      const shim = `unshare --mount --pid sh ${HOME}/shim ${id} ${quoted(plan.spec.logPath)}`
      const enter = `nsenter --target ${pauseOnNode(sandbox)} --net --uts --ipc`
      return [
        writeLine(`${plan.folder}/run`, containerScript(plan)),
        writeLine(`${plan.folder}/fstab`, rootFstab(plan)),
        ...(plan.spec.mounts.length > 0 ? [writeLine(`${plan.folder}/volumes`, volumeFstab(plan))] : []),
        plan.spec.tty
          ? `${enter} ${inTerminal(plan, shim)} || say ${id} 'ended 126' &`
          : `${enter} ${shim} 6>&1 &`,
      ]
    }),
  ].join('\n')
}

function fifosOf({ plan: { folder, spec } }: Starting): string[] {
  const names = ['stdout', 'stderr', 'seen', ...(hasStdin(spec) ? ['stdin'] : [])]
  return names.map((name) => `${folder}/${name}`)
}

/** script(1) has the terminal's other end. A shell's background programs are deaf to Ctrl-C, which `env` undoes. */
function inTerminal({ folder }: ContainerPlan, command: string): string {
  const script = `script --quiet --flush --return --command ${quoted(command)} /dev/null`
  return `env --default-signal=INT,QUIT ${script} 6>&1 0<>${folder}/stdin 1<>${folder}/stdout`
}
