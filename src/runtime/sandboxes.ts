import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { LabError, messageOf } from '../base/errors.ts'
import type { Attached, Cni, Plan } from '../dataplane/cni/cni.ts'
import type { NodeFacts } from '../dataplane/cni/node-facts.ts'
import type { Attachment } from '../dataplane/cni/attachment.ts'
import { podAddress, type CniResult } from '../dataplane/cni/result.ts'
import { writeLine } from '../dataplane/cni/node-shell.ts'
import { cniFailure } from '../dataplane/cni/cni-error.ts'
import type { Sandbox, SandboxSpec } from '../kube/kubelet/runtime.ts'
import type { Agent } from './agent.ts'
import { attachmentOf } from './attachment-of.ts'
import type { Call } from './batch.ts'
import { PODS } from './node-programs.ts'
import { signal } from './processes.ts'
import { linkProblems, sandboxScript, type PlannedSandbox } from './sandbox-batch.ts'

const START_DEADLINE_MS = 20_000

/** A sandbox on its way: what was asked, and what CNI plans for it. */
interface Making {
  readonly call: Call<SandboxSpec, MadeSandbox>
  readonly id: string
  readonly attachment: Attachment | undefined
  readonly plan: Plan | undefined
}

/** A sandbox and what undoing it takes. */
export interface MadeSandbox {
  readonly sandbox: Omit<Sandbox, 'lost'>
  readonly attached: Attached | undefined
}

/** Makes all sandboxes of a batch with one script. `discard` undoes one that failed half-way. */
export async function makeSandboxes(
  agent: Agent,
  cni: Cni,
  calls: readonly Call<SandboxSpec, MadeSandbox>[],
  discard: (id: string, attached: Attached | undefined) => Promise<void>,
): Promise<void> {
  const facts = calls.some(({ item }) => !item.hostNetwork) ? await cni.look() : undefined
  const makings = (await Promise.all(calls.map((call) => planOne(cni, facts, call)))).flat()
  if (makings.length === 0) return
  const planned = makings.map(plannedSandbox)
  const linksKey = agent.newKey()
  const linksSaid = agent.first(linksKey)
  const ups = makings.map(({ id }) => firstWithin(agent, id))
  agent.post(sandboxScript(planned, linksKey))
  const problems = linkProblems(planned, await linksSaid)
  await Promise.all(
    makings.map(async (making, index) => {
      let pausePid: number | undefined
      try {
        const up = (await ups[index]) ?? ''
        pausePid = up.startsWith('up ') ? agent.pidOf(Number(up.slice(3))) : undefined
        const failure = problems.get(making.id) ?? up.replace(/^failed /, '').trim()
        making.call.resolve(
          await finish(agent, cni, facts, making, problems.has(making.id) ? failure : (pausePid ?? failure)),
        )
      } catch (error) {
        if (pausePid !== undefined) signal(pausePid, 'SIGKILL')
        await discard(making.id, attachedOf(making, undefined))
        making.call.reject(error)
      }
    }),
  )
}

async function planOne(
  cni: Cni,
  facts: NodeFacts | undefined,
  call: Call<SandboxSpec, MadeSandbox>,
): Promise<Making[]> {
  const id = randomBytes(32).toString('hex')
  if (call.item.hostNetwork || !facts) return [{ call, id, attachment: undefined, plan: undefined }]
  try {
    const attachment = attachmentOf(call.item, id)
    return [{ call, id, attachment, plan: await cni.plan(attachment, facts) }]
  } catch (error) {
    call.reject(error)
    return []
  }
}

function plannedSandbox(making: Making): PlannedSandbox {
  const { id, call, attachment, plan } = making
  const attached = attachedOf(making, plan?.kind === 'effects' ? plan.effects.result : undefined)
  return {
    id,
    hostname: call.item.hostname,
    network: attachment &&
      plan && {
        netnsName: attachment.netnsName,
        effects: plan.kind === 'effects' ? plan.effects : plan.loopback,
        record: JSON.stringify(attached),
      },
  }
}

function attachedOf({ attachment, plan }: Making, result: CniResult | undefined): Attached | undefined {
  return attachment && plan && { attachment, network: plan.network, result }
}

/** @param pause the pause process, or why there is none. */
async function finish(
  agent: Agent,
  cni: Cni,
  facts: NodeFacts | undefined,
  making: Making,
  pause: number | string,
): Promise<MadeSandbox> {
  const { id, call, attachment, plan } = making
  if (typeof pause === 'string') {
    throw cniFailure(`plugin type="${plan?.network.plugins[0]?.type ?? ''}" failed (add): ${pause}`)
  }
  const result = await resultOf(cni, facts, making)
  const attached = attachedOf(making, result)
  if (plan?.kind === 'run') agent.post(writeLine(`${PODS}/${id}/record`, JSON.stringify(attached)))
  return {
    sandbox: {
      id,
      ip: result ? (podAddress(result) ?? '') : '',
      spec: call.item,
      netns: attachment ? `/run/netns/${attachment.netnsName}` : '',
      pausePid: pause,
    },
    attached,
  }
}

async function resultOf(
  cni: Cni,
  facts: NodeFacts | undefined,
  { plan, attachment }: Making,
): Promise<CniResult | undefined> {
  if (!plan || !attachment || !facts) return undefined
  return plan.kind === 'effects' ? plan.effects.result : cni.add(attachment, plan.network, facts)
}

async function firstWithin(agent: Agent, key: string): Promise<string> {
  const timer = new AbortController()
  const tooLate = delay(START_DEADLINE_MS, undefined, { signal: timer.signal }).then(
    () => {
      throw new LabError('KNET_SANDBOX', {
        message: `The pod's pause process did not come up within ${START_DEADLINE_MS / 1000} s.`,
      })
    },
    () => '',
  )
  try {
    return await Promise.race([agent.first(key), tooLate])
  } catch (error) {
    throw error instanceof Error ? error : new Error(messageOf(error))
  } finally {
    agent.forget(key)
    timer.abort()
  }
}
