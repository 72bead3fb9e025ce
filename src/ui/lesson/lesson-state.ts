import type { StepReport } from '../../session/check-step.ts'
import type { HintView } from '../../session/session.ts'
import type { StepSummary, StepView } from '../../session/view.ts'
import type { Failure } from '../ports.ts'

/** A terminal as a tab: what it shows is the compositor's business. */
export interface TerminalTab {
  readonly id: string
  readonly place: string
  readonly exitCode: number | undefined
  readonly lost: boolean
  /** Lines that its view stands above the newest. */
  readonly scrolledBack: number
}

/** What the lesson's text pane shows. */
export type LessonPage = 'task' | 'explain' | 'deeper'

/** Where keys go. */
export type Focus = 'lesson' | 'terminal' | 'scrollback'

export interface LessonState {
  readonly lab: string
  readonly title: string
  /** When the learner first tried, and when the last step done so far first held; RFC 3339. */
  readonly began: string | undefined
  readonly ended: string | undefined
  readonly step: StepView | undefined
  readonly steps: readonly StepSummary[]
  readonly page: LessonPage
  /** First line of the text that is shown. */
  readonly scroll: number
  /** Index of the suggested command that Enter types. */
  readonly selected: number
  readonly report: StepReport | undefined
  /** Hints asked for since this step was come to. */
  readonly hints: readonly HintView[]
  /** What is being done at the moment, for the title bar. */
  readonly busy: string | undefined
  /** What went wrong with the last thing done here. */
  readonly failure: Failure | undefined
  /** What was done for the learner, as they would have typed it. */
  readonly transcript: readonly string[]
  readonly terminals: readonly TerminalTab[]
  /** Id of the terminal that keys go to when it has the focus. */
  readonly active: string | undefined
  /** Ids of those that have a place on a screen with room for two, upper one first. */
  readonly shown: readonly string[]
  readonly focus: Focus
  readonly zoomed: boolean
}

export function newLesson(lab: string, title: string): LessonState {
  return {
    lab,
    title,
    began: undefined,
    ended: undefined,
    step: undefined,
    steps: [],
    page: 'task',
    scroll: 0,
    selected: 0,
    report: undefined,
    hints: [],
    busy: undefined,
    failure: undefined,
    transcript: [],
    terminals: [],
    active: undefined,
    shown: [],
    focus: 'lesson',
    zoomed: false,
  }
}

/** What changes when another step is come to: terminals stay as they are. */
export function atStep(step: StepView, steps: readonly StepSummary[]): Partial<LessonState> {
  return {
    step,
    steps,
    page: 'task',
    scroll: 0,
    selected: 0,
    report: undefined,
    hints: [],
    failure: undefined,
    transcript: [],
  }
}
