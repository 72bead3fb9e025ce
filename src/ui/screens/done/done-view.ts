import type { StepSummary } from '../../../session/view.ts'
import type { LabCard } from '../../ports.ts'

/** What a finished lab comes to. */
export interface DoneView {
  readonly steps: number
  /** Done without the solution. */
  readonly own: number
  readonly solved: number
  readonly hints: number
  readonly learn: readonly string[]
  readonly next: LabCard | undefined
}

export function doneView(lab: string, steps: readonly StepSummary[], cards: readonly LabCard[]): DoneView {
  const done = steps.filter((step) => step.done)
  return {
    steps: steps.length,
    own: done.filter(({ solved }) => !solved).length,
    solved: done.filter(({ solved }) => solved).length,
    hints: steps.reduce((sum, { hintsUsed }) => sum + hintsUsed, 0),
    learn: cards.find(({ id }) => id === lab)?.learn ?? [],
    next: nextLab(lab, cards),
  }
}

/** The next lab in the list that is not done, from the top again after the last; undefined when there is none. */
export function nextLab(lab: string, cards: readonly LabCard[]): LabCard | undefined {
  const at = cards.findIndex(({ id }) => id === lab)
  const inOrder = [...cards.slice(at + 1), ...cards.slice(0, Math.max(0, at))]
  return inOrder.find(({ done, steps }) => done < steps)
}
