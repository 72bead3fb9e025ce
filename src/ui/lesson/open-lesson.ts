import type { Store } from '../store.ts'
import type { AppState } from '../app-state.ts'
import type { OpenLab, UiPorts } from '../ports.ts'
import { LessonActions } from './lesson-actions.ts'
import { newLesson, type LessonState } from './lesson-state.ts'
import { TerminalDesk } from './terminal-desk.ts'

export interface OpenLessonOptions {
  readonly lab: OpenLab
  readonly store: Store<AppState>
  readonly ports: UiPorts
  readonly onView: () => void
  readonly tell: (lines: readonly string[]) => void
  readonly onDone: () => void
}

/** A lab that is up, and the hands on it. */
export interface OpenLesson {
  readonly lab: OpenLab
  readonly actions: LessonActions
  readonly desk: TerminalDesk
  /** Lets go of it; the lab and its terminals live on. */
  close(): void
}

export function openLesson({ lab, store, ports, onView, tell, onDone }: OpenLessonOptions): OpenLesson {
  const { session } = lab
  store.set({ lesson: newLesson(lab.id, session.lab.title) })
  const get = () => store.state.lesson ?? newLesson(lab.id, session.lab.title)
  const set = (change: Partial<LessonState>) => {
    // What was under way when the learner went to another lab comes too late.
    if (store.state.lesson?.lab === lab.id) store.set({ lesson: { ...get(), ...change } })
  }
  const failureOf = (thrown: unknown) => ports.failureOf(thrown)
  const desk = new TerminalDesk({ lab, get, set, size: () => store.state.size, failureOf, onView })
  const outlasting = desk.outlasting.bind(desk)
  const actions = new LessonActions({ session, get, set, failureOf, tell, onDone, outlasting })
  const close = () => {
    actions.close()
    lab.leave()
  }
  return { lab, actions, desk, close }
}
