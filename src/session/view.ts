import type { Lab, Step } from '../lab/lab.ts'
import { NO_PROGRESS, type Progress } from './progress.ts'
import type { SessionPorts } from './ports.ts'
import { fillText } from './values.ts'
import { World } from './world.ts'

/** A command to try: in a machine or pod, or (without `on`) through kubectl. */
export interface SuggestionView {
  readonly on?: string | undefined
  readonly command: string
}

/** A step with the live cluster's values in its texts. */
export interface StepView {
  readonly id: string
  readonly title: string
  /** From 1. */
  readonly number: number
  readonly total: number
  readonly text: string
  readonly run: readonly SuggestionView[]
  /** It held once. */
  readonly done: boolean
  readonly hintsUsed: number
  readonly explain: string
  readonly deeper?: string | undefined
}

export interface StepSummary {
  readonly id: string
  readonly title: string
  readonly current: boolean
  readonly done: boolean
  readonly solved: boolean
  readonly hintsUsed: number
}

export async function viewStep(
  lab: Lab,
  step: Step,
  progress: Progress,
  ports: SessionPorts,
): Promise<StepView> {
  const world = new World(ports)
  // A text is worth reading even when the cluster is away.
  const text = (source: string) =>
    fillText(world, source).then(
      (filled) => filled.text,
      () => source,
    )
  const known = progress.steps[step.id] ?? NO_PROGRESS
  const [body, explain, deeper, run] = await Promise.all([
    text(step.text),
    text(step.explain),
    step.deeper === undefined ? undefined : text(step.deeper),
    Promise.all(
      step.run.map(async ({ on, run, kubectl }) => ({
        ...(on !== undefined && { on: await text(on) }),
        command: await text(run ?? `kubectl ${kubectl}`),
      })),
    ),
  ])
  return {
    id: step.id,
    title: step.title,
    number: lab.steps.indexOf(step) + 1,
    total: lab.steps.length,
    text: body,
    run,
    done: known.done !== undefined,
    hintsUsed: known.hints,
    explain,
    deeper,
  }
}

export function summarise(lab: Lab, progress: Progress): StepSummary[] {
  return lab.steps.map((step) => {
    const known = progress.steps[step.id] ?? NO_PROGRESS
    return {
      id: step.id,
      title: step.title,
      current: step.id === progress.current,
      done: known.done !== undefined,
      solved: known.solved,
      hintsUsed: known.hints,
    }
  })
}
