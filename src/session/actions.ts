import { LabError } from '../base/errors.ts'
import { until } from '../base/until.ts'
import { kubectlProblem, splitWords } from '../lab/kubectl-words.ts'
import type { Lab } from '../lab/lab.ts'
import type { Action } from '../lab/schema.ts'
import type { ExecResult } from '../machine/machine.ts'
import type { SessionPorts } from './ports.ts'
import { deleteManifest } from './manifest.ts'
import { fillDeep } from './values.ts'
import { World } from './world.ts'

/** A command of a lab that was run, as the learner would have typed it. */
export interface Done {
  /** Machine or pod; absent for kubectl. */
  readonly on?: string | undefined
  readonly command: string
  readonly exitCode: number
  readonly output: string
}

export interface PerformOptions {
  readonly signal?: AbortSignal | undefined
  /** Goes on after a command that fails, as when undoing what is half there. */
  readonly tolerant?: boolean | undefined
  readonly onDone?: ((done: Done) => void) | undefined
}

/** Values such as a new pod's address come a moment after the object. */
const VALUES_WITHIN_MS = 15_000
/** Two hundred pods of a real cluster take minutes to come and to go. */
const COMMAND_MS = 240_000

/**
 * Does what a lab says, in order: in machines and pods, or by kubectl. Nothing runs on the learner's own machine.
 * @throws LabError KNET_ACTION_FAILED with the command and what it said, unless tolerant.
 */
export async function perform(
  lab: Lab,
  actions: readonly Action[],
  ports: SessionPorts,
  options: PerformOptions = {},
): Promise<void> {
  for (const action of actions) {
    try {
      const done = await performOne(lab, action, ports, options)
      options.onDone?.(done)
      if (done.exitCode !== 0) throw failure(done)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (!options.tolerant) throw error
    }
  }
}

async function performOne(
  lab: Lab,
  action: Action,
  ports: SessionPorts,
  options: PerformOptions,
): Promise<Done> {
  const filled = options.tolerant
    ? (await fillDeep(new World(ports, options.signal), action)).value
    : await filledAction(action, ports, options.signal)
  const limits = { timeoutMs: COMMAND_MS, ...(options.signal && { signal: options.signal }) }
  if (filled.run !== undefined) {
    const machine = await new World(ports).machine(filled.on ?? '')
    const said = await machine.exec(['sh', '-c', filled.run], limits)
    return { on: filled.on, command: filled.run, ...wordsOf(said) }
  }
  if (filled.kubectl !== undefined) {
    const refusal = kubectlProblem(filled.kubectl)
    if (refusal) throw new LabError('KNET_ACTION_REFUSED', { message: refusal })
    const said = await ports.kubectl(splitWords(filled.kubectl), limits)
    return { command: `kubectl ${filled.kubectl}`, ...wordsOf(said) }
  }
  const [verb, file] = filled.apply === undefined ? ['delete', filled.delete ?? ''] : ['apply', filled.apply]
  const manifest = lab.manifests.get(file) ?? ''
  if (verb === 'delete' && options.tolerant && ports.kube) {
    // Nobody waits to read what kubectl says when undoing, and kubectl alone takes longer than all else.
    const output = await deleteManifest(ports.kube, manifest, limits)
    if (output !== undefined) return { command: `kubectl delete -f ${file}`, exitCode: 0, output }
  }
  const words = verb === 'delete' ? ['delete', '--ignore-not-found', '-f', '-'] : ['apply', '-f', '-']
  const said = await ports.kubectl(words, { ...limits, stdin: manifest })
  return { command: `kubectl ${verb} -f ${file}`, ...wordsOf(said) }
}

function filledAction(action: Action, ports: SessionPorts, signal: AbortSignal | undefined): Promise<Action> {
  return until(
    async () => {
      const { value, missing } = await fillDeep(new World(ports, signal), action)
      return missing.length === 0 && value
    },
    {
      what: `the values in "${action.run ?? action.kubectl ?? ''}"`,
      deadlineMs: VALUES_WITHIN_MS,
      ...(signal && { signal }),
    },
  )
}

const wordsOf = (said: ExecResult) => ({
  exitCode: said.exitCode,
  output: [said.stdout, said.stderr]
    .map((text) => text.trim())
    .filter(Boolean)
    .join('\n'),
})

function failure(done: Done): LabError {
  const place = done.on === undefined ? '' : ` on ${done.on}`
  return new LabError('KNET_ACTION_FAILED', {
    message: `"${done.command}"${place} ended with ${done.exitCode}: ${done.output || 'it said nothing'}`,
  })
}
